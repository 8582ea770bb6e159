import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { PipelineError } from '../../src/domain/errors';
import { openLocalTools, type LocalTools } from '../../src/local-tools';
import type { Surroundings } from '../../src/cli/session';
import { sluice } from './run-cli';

const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-send-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, content: string | Buffer) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const OBJECT = '{"service":"auth","level":"info","message":"ok"}';

/** The command with a topic in memory behind it. */
function withTopic(fail?: (call: number) => Error | undefined, env: NodeJS.ProcessEnv = {}) {
  const sent: string[] = [];
  const opened: object[] = [];
  let call = 0;
  const openTools = async (): Promise<LocalTools> => ({
    ...(await openLocalTools(env)),
    async openProducer(to) {
      opened.push(to);
      const error = fail?.(0);
      if (error) throw error;
      return {
        partitions: 2,
        close: async () => undefined,
        async send(values) {
          call += 1;
          const failure = fail?.(call);
          if (failure) throw failure;
          sent.push(...values.map(String));
          return { partition: call % 2, offset: 100 * call };
        },
      };
    },
  });
  const run = (args: string[], more: Partial<Surroundings> = {}) =>
    sluice('http://user:pw@127.0.0.1:8000', ['send', ...args], { more: { openTools, ...more } });
  return { sent, opened, run };
}
const piped = (text: string) => ({ stdin: Readable.from([Buffer.from(text)]) });

describe('sluice send', () => {
  test('sends files and tells where their records are, and how to see them', async () => {
    const { sent, opened, run } = withTopic();
    const path = write('a.log', `${OBJECT}\n\n${OBJECT}\n`);
    const { code, out, err } = await run([path, '--topic', 'x', '--key', 'k']);
    expect({ code, sent }).toEqual({ code: 0, sent: [OBJECT, OBJECT] });
    expect(opened).toMatchObject([{ topic: 'x', key: 'k', brokers: ['127.0.0.1:9092'] }]);
    expect(out).toMatch(/^sent 2 records of 3 lines \(1 empty lines passed over\), 96 bytes, to topic x in [\d.]+ s/);
    expect(out).toContain('1\t2\t100\t101');
    expect(err).toContain("sluice ledger; curl 'http://127.0.0.1:8000/logs?partition=1&offset=100..101'");
    expect(out + err).not.toContain('pw');
  });

  test('sends standard input where no file is named', async () => {
    const { sent, run } = withTopic();
    expect(await run(['--json'], piped(`${OBJECT}\n`))).toMatchObject({ code: 0 });
    expect(sent).toEqual([OBJECT]);
  });

  test('with --json the account is one object', async () => {
    const { run } = withTopic();
    const { out } = await run(['--json', '--service', 's'], piped('a\n  b\nc\n'));
    expect(JSON.parse(out)).toMatchObject({
      ...{ topic: 'logs', lines: 3, records: 2, text: 2, joined: 1, left_out: {} },
      partitions: [{ partition: 1, records: 2, first_offset: '100', last_offset: '101' }],
      inputs: [{ name: '-', done_to_line: 3, whole: true }],
    });
  });

  test('refuses text before anything of any file is sent, and says what to do', async () => {
    const { sent, opened, run } = withTopic();
    const { code, err } = await run([write('good.log', OBJECT), write('text.log', `${OBJECT}\nhello secret\n`)]);
    expect({ code, sent, opened }).toEqual({ code: 2, sent: [], opened: [] });
    expect(err).toMatch(/1 of the first 2 records of .*text\.log are no JSON objects \(line 2\)/);
    expect(err).toMatch(/--service NAME .*\n.*--raw .*LOG_FORMATS=auto,text/);
    expect(err).not.toContain('secret');
    const fromPipe = await run([], piped('hello\n'));
    expect([fromPipe.code, sent]).toEqual([2, []]);
  });

  test('sends text with a service, or as it is', async () => {
    const { sent, run } = withTopic();
    await run(['--service', 'kafka'], piped('hello\n'));
    await run(['--raw'], piped('hello\n'));
    expect(sent).toEqual(['{"log":"hello","stream":"stdout","container_name":"kafka"}', 'hello']);
  });

  test('to a topic that takes text by the settings here, text goes as it is without a word', async () => {
    const { sent, run } = withTopic(undefined, { LOG_FORMATS: 'auto,logfmt' });
    expect(await run([], piped('a=b level=info\n'))).toMatchObject({ code: 0 });
    expect(await run(['--topic', 'other'], piped('a=b level=info\n'))).toMatchObject({ code: 2 });
    expect(sent).toEqual(['a=b level=info']);
  });

  test('lines that are left out end it with 1, with the place of the first', async () => {
    const { run } = withTopic();
    const path = write('bytes.log', Buffer.from(`${OBJECT}\n{"a":"\xff"}\n`, 'latin1'));
    const { code, out } = await run([path, '--service', 's']);
    expect(code).toBe(1);
    expect(out).toContain(
      `left out 1 lines: no UTF-8; --encoding latin1 reads them, --raw sends them as they are; the first is ${path}:2`,
    );
  });

  test.each([
    [
      new PipelineError('kafka_unavailable', 'x'),
      /Kafka does not answer at 127\.0\.0\.1:9092\. .*--brokers or KAFKA_BROKERS/,
    ],
    [
      new PipelineError('topic_missing', 'there is no topic logs'),
      /there is no topic logs at .*--topic or KAFKA_TOPIC/,
    ],
    [new PipelineError('kafka_denied', 'Kafka refuses the login'), /Kafka refuses the login\./],
  ])('a Kafka that cannot be used: %s', async (error, message) => {
    const { run } = withTopic(() => error);
    expect(await run([write('b.log', OBJECT)])).toMatchObject({ code: 3, err: expect.stringMatching(message) });
  });

  test('a Kafka that goes away: says what is sent and how to go on', async () => {
    const { run } = withTopic((call) => (call === 2 ? new PipelineError('kafka_unavailable', 'x') : undefined));
    const path = write('long.log', `${OBJECT}\n`.repeat(5000));
    const { code, out, err } = await run([path, '-'], piped(''));
    expect(code).toBe(3);
    expect(out).toContain('sent 2,000 records');
    expect(err).toMatch(
      /Lines 2001 to 4000 of .*long\.log may or may not have arrived\. Go on with the same options and: --from-line 2001 .*long\.log -/,
    );
  });

  test('Ctrl-C ends it with 130, and says how to go on', async () => {
    let stop: () => void = () => undefined;
    const { run, sent } = withTopic((call) => {
      if (call === 1) stop();
      return undefined;
    });
    const path = write('stopped.log', `${OBJECT}\n`.repeat(20_000));
    const { code, err } = await run([path], { onInterrupt: (given) => ((stop = given), () => undefined) });
    expect(code).toBe(130);
    expect(err).toContain(`Interrupted. Go on with the same options and: --from-line ${sent.length + 1} ${path}`);
  });

  test('a dry run connects to nothing, and counts what would become of the records', async () => {
    const { opened, run } = withTopic();
    const lines = [OBJECT, '{"level":50,"msg":"password=hunter2","time":1}', '{"a":1}', 'hello'];
    const { code, out } = await run(['--dry-run', '--service', 's'], piped(lines.join('\n')));
    expect({ code, opened }).toEqual({ code: 1, opened: [] });
    expect(out.split('\n').slice(1)).toEqual([
      ...['becomes\trecords\tanomalies\twith secrets', 'sluice\t1\t0\t0', 'pino\t1\t0\t1'],
      ...['dead letter missing_field\t1\t0\t0', 'container/plain\t1\t0\t0', ''],
    ]);
  });

  test.each([
    [['--service', 'a', '--raw'], /exclude each other/],
    [['--multiline-start', '('], /is no pattern/],
    [['--from-line', '0'], /count from 1/],
    [['--brokers', 'x'], /host:port/],
    [['/nowhere/x.log'], /cannot read \/nowhere\/x\.log/],
    [['-', '-'], /once only/],
  ])('refuses %j', async (args, message) => {
    const { run } = withTopic();
    expect(await run(args, piped(''))).toMatchObject({ code: 2, err: expect.stringMatching(message) });
  });

  test('a terminal as standard input is no input', async () => {
    const { run } = withTopic();
    const stdin = Object.assign(Readable.from([]), { isTTY: true });
    expect(await run([], { stdin })).toMatchObject({ code: 2, err: expect.stringContaining('nothing to send') });
  });
});
