import type { KafkaRecord, ParsedRecord } from '../../../src/domain/record';
import { BodyWriter } from '../../../src/elasticsearch/body-writer';
import { createLearningDecoder, createParser } from '../../../src/kafka/decode-record';
import { ShapeDecoder } from '../../../src/kafka/shapes/shape-decoder';
import { APPENDED_AT, kafkaRecord } from '../../support/records';

const parse = createParser({ formats: ['auto', 'text'] });
type Place = Parameters<typeof kafkaRecord>[1];

/** Decodes records one after the other, as one worker does. @returns of each whether it was decoded by its shape */
function decodeAll(texts: (string | Buffer)[], place: Place = {}): boolean[] {
  const decode = createLearningDecoder({ formats: ['auto', 'text'] });
  return texts.map((text) => {
    const record = kafkaRecord(text, place);
    const expected = parse(record);
    const got = decode(record);
    if (got.kind !== 'record' || got.verbatim || !got.spliced) {
      expect(got).toEqual(expected);
      return false;
    }
    const body = new BodyWriter(8);
    got.spliced.write(body);
    const { record: wanted, document } = expected as ParsedRecord;
    expect(body.written.toString()).toBe(document ?? JSON.stringify(wanted));
    const { level, status_code, response_time_ms } = wanted;
    expect(got.record).toMatchObject({ level, status_code, response_time_ms });
    expect(got.record.error_code !== undefined).toBe(wanted.error_code !== undefined);
    return true;
  });
}

const inPod = (pod: string, line = pino('')) =>
  `{"@timestamp":1795521598.1,"log":${JSON.stringify(line)},"stream":"stdout","kubernetes":{"pod_name":"${pod}","container_name":"c","labels":{"app":"cart-${pod}","team":"t"},"host":"node-${pod}"}}`;
const exported = (pod: string) =>
  `{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}},{"key":"k8s.pod.name","value":{"stringValue":"${pod}"}}]},"scopeLogs":[{"scope":{"name":"lib"},"logRecords":[${otlp('')}]}]}]}`;
const own = (fields: string) =>
  `{"service":"auth","level":"info","timestamp":"2026-11-24T11:59:58.120Z","message":"ok"${fields}}`;
const pino = (fields: string) => `{"level":30,"time":1795521598123,"msg":"ok"${fields}}`;
const inContainer = (line: string, time: string) =>
  `{"log":${JSON.stringify(line)},"stream":"stdout","time":"${time}"}`;
const syslog = (host: string, data: string, message: string) => {
  const [pid, name] = host.split(' ');
  return `<11>1 2026-11-24T11:59:58.120Z web-1 ${name} ${pid} - [a@1 ${data}] ${message}`;
};
const journal = (fields: string) =>
  `{"__REALTIME_TIMESTAMP":"1795521598123456","PRIORITY":"6","_HOSTNAME":"web-1"${fields}}`;
const bsd = (host: string, tag: string, message: string) => `<30>Nov 24 11:59:58 ${host} ${tag}: ${message}`;
const access = (url: string, answer: string) =>
  `203.0.113.9 - u-7 [24/Nov/2026:11:59:58 +0000] "GET ${url} HTTP/1.1" ${answer} "http://a/" "curl/8"`;
const log4j = (thread: string, more: string) => `2026-11-24 11:59:58,120 [${thread}] INFO  ${more}`;
const otlp = (fields: string) => `{"body":{"stringValue":"ok"},"severityNumber":9${fields}}`;

describe('a record of a shape that was met before', () => {
  test.each<[string, string, string]>([
    ['our own with another field', own(',"region":"eu","n":1'), own(',"region":"us","n":2')],
    ['our own in other letters', own('').replace('ok', 'é'), own('').replace('ok', '"ü\\n"'.slice(1, -1))],
    ['our own with a number for a user', own(',"user_id":1,"x":null'), own(',"user_id":23,"x":null')],
    ['pino', pino(',"reqId":"a","x":[1,{"y":2}]'), pino(',"reqId":"b","x":[3,{"y":4.25}]')],
    ['with blanks', '{"level": 30, "time": 1795521598123}', '{"level": 50, "time": 1795521598124}'],
    ['with other letters', pino(',"a":"é"'), pino(',"a":"日本 😀"')],
    ['with quotes and line breaks', pino(',"a":"b"'), pino(',"a":"\\"b\\"\\n\\tc\\\\"')],
    ['with nothing in a text', pino(',"a":"b"'), pino(',"a":""')],
    ['with an error code', pino(',"err":{"code":"E1"}'), pino(',"err":{"code":"E2"}')],
    ['with an error code that is a number', pino(',"err":{"code":1}'), pino(',"err":{"code":22}')],
    ['with a path', pino(',"req":{"url":"/a"}'), pino(',"req":{"url":"/b/c"}')],
    ['with a query', pino(',"req":{"url":"/a?b=1"}'), pino(',"req":{"url":"/?c"}')],
    ['with the name of a service', pino(',"name":"a"'), pino(',"name":"b"')],
    ['without a time', '{"level":30,"msg":"a"}', '{"level":40,"msg":"b"}'],
    [
      'with epoch seconds',
      '{"severity":"INFO","msg":"a","ts":1795521598.307}',
      '{"severity":"WARN","msg":"b","ts":1795521599}',
    ],
    [
      'with a time in words',
      '{"severity":"INFO","msg":"a","time":"24/Nov/2026:11:59:58 +0000"}',
      '{"severity":"INFO","msg":"b","time":"24/Nov/2026:11:59:59 +0100"}',
    ],
    ['OTLP', otlp(',"timeUnixNano":"1795521598123456789"'), otlp(',"timeUnixNano":"1795521598999999999"')],
    ['OTLP with ids', otlp(',"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"'), otlp(',"traceId":"00f067aa0ba902b7"')],
    ['a line of a container', inContainer(pino(''), 'now'), inContainer(pino(''), '2026-11-24T11:59:58.1Z')],
    ['a line of a pod', inPod('1'), inPod('23')],
    ['a request with one log record', exported('1'), exported('23')],
    [
      'logfmt',
      'time=2026-11-24T11:59:58.120Z level=info msg="it broke" a=b',
      'time=2026-11-24T11:59:59.120Z level=info msg="" a=',
    ],
    ['logfmt whose level is a word of it', 'level=error error_code=a msg=b', 'level=warn error_code=c msg=d'],
    [
      'syslog',
      syslog('1 api', 'id="a" status="200"', 'it broke'),
      syslog('2 cart', 'id="" status="404"', '"it" \\ broke'),
    ],
    ['syslog of before', bsd('web-1', 'api[1]', 'it broke'), bsd('web-2', 'cart[23]', '"it" \\ broke, é')],
    ['syslog of before without a process', bsd('web-1', 'api', 'it broke'), bsd('-x', 'c', '')],
    [
      'journald',
      journal(',"MESSAGE":"it broke","SYSLOG_IDENTIFIER":"cron","_SYSTEMD_UNIT":"cron.service","_COMM":"c"'),
      journal(',"MESSAGE":"\\"it\\"","SYSLOG_IDENTIFIER":"sshd","_SYSTEMD_UNIT":"ssh.service","_COMM":"sh"'),
    ],
    ['our own with a level in other letters', own('').replace('info', 'INFO'), own('').replace('info', 'Warning')],
    ['an id under two names', pino(',"reqId":"a","req_id":"b"'), pino(',"reqId":"c","req_id":"d"')],
    [
      'two names of the service',
      pino(',"name":"a","hostname":"h","service":{"name":"b"}'),
      pino(',"name":"c","hostname":"i","service":{"name":"d"}'),
    ],
    ['an access log', access('/a', '200 5'), access('/b', '301 67')],
    ['log4j', log4j('main', 'a.B - it broke'), log4j('x-1', 'c - "it"  broke, é')],
    ['such a line with quotes', inContainer(pino(',"a":"b"'), 'now'), inContainer(pino(',"a":"\\"b\\\\c\\n"'), 'now')],
  ])('is not parsed: %s', (_case, first, second) => {
    expect(decodeAll([first, second])).toEqual([false, true]);
  });

  test.each<[string, string, ...string[]]>([
    ['a level of ours that is none', own(',"x":1').replace('info', 'INFO'), own(',"x":1').replace('info', 'notice')],
    [
      'a list of bytes, which journald has for a text',
      journal(',"MESSAGE":[333,105]'),
      journal(',"MESSAGE":[333,105]'),
      journal(',"MESSAGE":[72,105]'),
    ],
    [
      'a unit of the same name',
      journal(',"MESSAGE":"m","SYSLOG_IDENTIFIER":"a","_SYSTEMD_UNIT":"a.service"'),
      journal(',"MESSAGE":"m","SYSLOG_IDENTIFIER":"a","_SYSTEMD_UNIT":"a"'),
    ],
    ['no process', bsd('web-1', 'api[1]', 'm'), bsd('web-1', 'api[x]', 'm'), bsd('web-1', 'api[]', 'm')],
    ['a time that is none', bsd('web-1', 'api', 'm'), bsd('web-1', 'api', 'm').replace('11:59', '25:59')],
    [
      'a time of ours that is none',
      own(',"x":1'),
      own(',"x":1').replace('11:59', '25:59'),
      own(',"x":1').replace('58.120Z', '58Z'),
    ],
    ['no service', own(',"x":1'), own(',"x":1').replace('auth', ''), own(',"x":1').replace('auth', 'a'.repeat(513))],
    ['a status of ours that is none', own(',"x":1,"status_code":200'), own(',"x":1,"status_code":600')],
    ['a pod without a name', inPod('1'), inPod('2').replace('cart-2', '')],
    [
      'a pod on a host that the line names',
      inPod('1', pino(',"hostname":"h"')),
      inPod('2', pino(',"hostname":"node-2"')),
    ],
    ['an id under two names', pino(',"reqId":"a","req_id":"b"'), pino(',"reqId":"c","req_id":"c"')],
    [
      'two names of the service',
      pino(',"name":"a","service":{"name":"b"}'),
      pino(',"name":"c","service":{"name":"c"}'),
    ],
    ['a key that stands twice', pino(',"a":"b"'), pino(',"a":"b","a":"c"')],
    ['another version of Bunyan', '{"v":0,"name":"a","level":30,"msg":"m"}', '{"v":1,"name":"a","level":30,"msg":"m"}'],
    ['an address with a fragment', pino(',"req":{"url":"/a"}'), pino(',"req":{"url":"/a#b"}')],
    ['an address with an empty query', pino(',"req":{"url":"/a?b"}'), pino(',"req":{"url":"/a?"}')],
    ['an address of another host', pino(',"req":{"url":"/a"}'), pino(',"req":{"url":"https://h/a"}')],
    ['a trace of zeros', otlp(',"traceId":"4bf92f35"'), otlp(',"traceId":"00000000"')],
    ['a trace that is no hex', otlp(',"traceId":"4bf92f35"'), otlp(',"traceId":"trace"')],
    [
      'no time of its own',
      otlp(',"timeUnixNano":"1795521598123456789","observedTimeUnixNano":"1"'),
      otlp(',"timeUnixNano":"0","observedTimeUnixNano":"1795521598123456789"'),
    ],
    ['an escape that JavaScript would not write', pino(',"a":"b"'), pino(',"a":"\\u0041\\/"')],
    [
      'a number that JavaScript would write otherwise',
      pino(',"a":1'),
      pino(',"a":1.0'),
      pino(',"a":1e3'),
      pino(',"a":-0'),
    ],
    ['a number of too many digits', pino(',"a":1'), pino(',"a":12345678901234567890')],
    ['a number that is none', pino(',"a":1'), pino(',"a":01'), pino(',"a":1.'), pino(',"a":-'), pino(',"a":1-1')],
    ['a level that is none', '{"level":30,"msg":"a"}', '{"level":0,"msg":"a"}', '{"level":101,"msg":"a"}'],
    [
      'a level in other letters',
      '{"level":"info","message":"a"}',
      '{"level":"INFO","message":"a"}',
      '{"level":"nonsense","message":"a"}',
    ],
    [
      'a status that is none',
      pino(',"res":{"statusCode":200}'),
      pino(',"res":{"statusCode":99}'),
      pino(',"res":{"statusCode":200.5}'),
    ],
    [
      'a line without a time of its own',
      inContainer('{"level":30,"msg":"a"}', 'never'),
      inContainer('{"level":30,"msg":"a"}', '2026-11-24T11:59:58Z'),
    ],
    ['more behind it', pino(''), `${pino('')}\n`, `${pino('')}}`, pino('').slice(0, -1)],
    [
      'a time in another form',
      log4j('main', 'a.B - x'),
      log4j('main', 'a.B - x').replace('2026-11-24 11:59:58,120', '24/Nov/2026:11:59:58 +0000'),
    ],
    [
      'a message like a request',
      log4j('main', 'a - x'),
      log4j('main', 'a - [24/Nov/2026:11:59:58 +0000] "GET / HTTP/1.1" 200 5'),
    ],
    ['a mark of byte order', syslog('1 a', 'x="y"', 'm'), syslog('1 a', 'x="y"', '\ufeffm')],
    ['a status of another level', access('/a', '200 5'), access('/a', '404 5'), access('/a', '503 5')],
    ['a dash', access('/a', '200 5'), access('/a', '200 -'), access('/a', '200 5').replace('u-7', '-')],
    ['a line of several', log4j('main', 'a - x'), log4j('main', 'a - x\n\tat y')],
    ['a quote in quotes', 'level=info msg="a"', 'level=info msg="a\\"b"'],
    ['a bracket in a parameter', syslog('1 a', 'x="y"', 'm'), syslog('1 a', 'x="y\\]"', 'm')],
    ['a logger that is none', log4j('main', 'a - x'), log4j('main', 'a/b - x')],
    ['a client that is none', access('/a', '200 5'), access('/a', '200 5').replace('203.0.113.9', '203,0')],
    ['a user that may be more', access('/a', '200 5'), access('/a', '200 5').replace('u-7', 'u:7')],
    ['a line break in a text', pino(',"a":"b"'), pino(',"a":"b\nc"')],
    ['the end in a text', pino(',"a":"b"'), pino(',"a":"b').slice(0, -1), pino(',"a":"b\\').slice(0, -1)],
  ])('but for a value that is read otherwise: %s', (_case, first, ...others) => {
    const decoded = decodeAll([first, first, ...others]);
    expect(decoded.slice(2)).toEqual(others.map(() => false));
  });

  test('nor for bytes that are no text', () => {
    const [before, behind] = pino(',"a":"?"').split('?');
    const broken = Buffer.concat([Buffer.from(before!), Buffer.from([0xc3, 0x28]), Buffer.from(behind!)]);
    expect(decodeAll([pino(',"a":"b"'), pino(',"a":"c"'), broken])).toEqual([false, true, false]);
  });

  test('nor with a header that names its request', () => {
    const lines = [pino(''), pino(''), pino('')];
    expect(decodeAll(lines, { headers: { 'x-request-id': Buffer.from('r-1') } })).toEqual([false, false, false]);
    expect(decodeAll(lines, { headers: { other: Buffer.from('r-1') } })).toEqual([false, true, true]);
  });

  test('nor when only a later one has such a header', () => {
    const decode = createLearningDecoder();
    const headers = { traceparent: Buffer.from('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01') };
    decode(kafkaRecord(pino('')));
    const named = kafkaRecord(pino(''), { headers });
    expect(decode(named)).toEqual(parse(named));
  });

  test('nor long after it was written', () => {
    expect(decodeAll([pino(''), pino('')], { timestamp: APPENDED_AT + 400 * 86_400_000 })).toEqual([false, false]);
  });

  test('one value after the other of each kind that its names have', () => {
    const lines = ['"info"', '"INFO"', '"info"', '"WARN"'].map((level) => `{"level":${level},"message":"a"}`);
    expect(decodeAll(lines)).toEqual([false, false, true, true]);
  });
});

describe('what is learned is bounded', () => {
  test('a flood of shapes is forgotten, and those that come after it are learned', () => {
    const decode = createLearningDecoder();
    const isSpliced = (text: string) => {
      const decoded = decode(kafkaRecord(text));
      return decoded.kind === 'record' && !decoded.verbatim && decoded.spliced !== undefined;
    };
    for (let shape = 0; shape < 60_000; shape += 1) isSpliced(pino(`,"x${shape}":1`));
    for (let turn = 0; turn < 200; turn += 1) isSpliced(pino(',"y":1'));
    expect(isSpliced(pino(',"y":2'))).toBe(true);
  });

  test.each<[string, (turn: number) => string, number]>([
    ['records that never have the same names twice', (turn) => pino(`,"x${turn}":1`), 701],
    ['records that are no example', (turn) => pino(`,"x${turn}":1.0`), 303],
  ])('%s cost few lessons', (_case, line, most) => {
    let lessons = 0;
    const shapes = new ShapeDecoder((record) => {
      lessons += 1;
      return documentOf(record);
    });
    for (let turn = 0; turn < 20_000; turn += 1) {
      const record = kafkaRecord(line(turn));
      expect(shapes.decode(record)).toBeUndefined();
      if (lessons < most) shapes.learn(record, documentOf(record)!);
    }
    expect(lessons).toBeLessThan(most);
  });
});

function documentOf(record: KafkaRecord) {
  const parsed = parse(record);
  return parsed.kind === 'record' ? parsed.record : undefined;
}
