import type { IncomingMessage, ServerResponse } from 'node:http';
import { EventReader } from '../../src/cli/events';
import { logLine } from '../../src/cli/verbs/log-line';
import { listen, sluice, stopApis } from './run-cli';

afterEach(stopApis);

const event = (name: string, data: object, id?: string) =>
  `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
const log = (offset: number, fields: object = {}) =>
  event(
    'log',
    { '@timestamp': '2026-11-24T10:00:00.000Z', service: 'payment', level: 'error', message: `m ${offset}`, ...fields },
    String(offset + 1),
  );

/** A stream that gives these answers, one a connection, and what each was asked with. */
async function streamOf(answers: ((response: ServerResponse) => void)[]) {
  const asked: { url: string; lastEventId: string | undefined }[] = [];
  const url = await listen((request: IncomingMessage, response) => {
    asked.push({ url: request.url!, lastEventId: request.headers['last-event-id'] as string | undefined });
    const answer = answers.shift();
    if (!answer) return response.destroy();
    answer(response);
  });
  return { url, asked };
}

const says =
  (...events: string[]) =>
  (response: ServerResponse) =>
    void response.end(`retry: 1\n\n${events.join('')}`);

describe('server-sent events', () => {
  it('are read wherever the pieces are cut', () => {
    const text = `retry: 50\n\n: heartbeat\nid: 7\n\n${log(7)}event: state\r\ndata: {"state":"live"}\r\n\r\ndata: a\ndata: b\n\n`;
    for (let cut = 0; cut <= text.length; cut += 1) {
      const reader = new EventReader(undefined);
      const events = [text.slice(0, cut), text.slice(cut)].flatMap((piece) => reader.push(piece));
      expect(events.map(({ name }) => name)).toEqual(['log', 'state', 'message']);
      expect(events.at(-1)!.data).toBe('a\nb');
      expect([reader.lastId, reader.retryMs]).toEqual(['8', 50]);
    }
  });
});

describe('sluice tail', () => {
  it('shows logs, and connects anew behind the last event', async () => {
    const { url, asked } = await streamOf([
      says(event('state', { state: 'live' }), log(1), log(2)),
      (response) => response.destroy(),
      (response) => response.writeHead(503).end(PROBLEM),
      says(': heartbeat\nid: 9\n\n', event('end', { reason: 'time_limit' })),
      says(log(9)),
    ]);
    const { code, out, err } = await sluice(url, ['tail', '--level', 'error', '--limit', '3', '--from', 'now-5m']);
    expect([
      code,
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(-3)),
    ]).toEqual([0, ['m 1', 'm 2', 'm 9']]);
    expect(asked.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '3', '3', '3', '9']);
    expect(asked[0]!.url).toBe('/logs/stream?from=now-5m&level=error');
    expect(err).toContain('connects anew');
    expect(err).toContain('goes on with: --after 10');
  });

  it('--json gives each log as it came', async () => {
    const { url } = await streamOf([says(log(1, { attributes: { a: 1 } }))]);
    const { out } = await sluice(url, ['tail', '--json', '--limit', '1', '--after', '1']);
    expect(JSON.parse(out)).toMatchObject({ message: 'm 1', attributes: { a: 1 } });
  });

  it('says gaps, limits and waits on standard error', async () => {
    const range = { partition: 2, generation: 1, from: 5, to: 9 };
    const { url } = await streamOf([
      says(
        event('state', { state: 'waiting', code: 'elasticsearch_unavailable', detail: 'away' }),
        event('missing', { reason: 'not_stored', ranges: [{ ...range, to: null }] }),
        event('incomplete', { ...range, expected: 4, found: 3 }),
        event('dropped', { reason: 'too_far_behind', offsets: 4, ranges: [range] }),
        event('limit', { reason: 'slow_reader', behind: 70 }),
        event('of_tomorrow', { any: 'thing' }),
        log(1),
      ),
    ]);
    const { err } = await sluice(url, ['tail', '--limit', '1']);
    expect(err.trimEnd().split('\n')).toEqual([
      'waits: elasticsearch_unavailable: away',
      'not there (not_stored): partition 2, 5 to ?',
      'incomplete: partition 2, 5 to 8: 3 logs where 4 were booked',
      'left out, too far behind: 4 offsets: partition 2, 5 to 8',
      'this reader is slower than logs come in: 70 offsets behind, none is left out',
      'goes on with: --after 2',
    ]);
  });

  it('ends with what another try would not change', async () => {
    const refused = await streamOf([(response) => response.writeHead(400).end(PROBLEM.replace('503', '400'))]);
    expect((await sluice(refused.url, ['tail'])).code).toBe(1);
    const { url } = await streamOf([says(event('end', { reason: 'query_refused' }))]);
    const { code, err } = await sluice(url, ['tail']);
    expect([code, err]).toEqual([1, expect.stringContaining('Elasticsearch refuses this query')]);
  });

  it('ends on Ctrl-C, and says how to go on', async () => {
    let interrupt: () => void = () => undefined;
    const { url } = await streamOf([
      (response) => {
        response.write(log(4));
        setImmediate(() => interrupt());
      },
    ]);
    const { code, err } = await sluice(url, ['tail', '--after', '3'], {
      more: {
        onInterrupt: (stop) => {
          interrupt = stop;
          return () => undefined;
        },
      },
    });
    expect([code, err]).toEqual([0, expect.stringMatching(/goes on with: --after [35]/)]);
  });
});

const PROBLEM = JSON.stringify({
  type: 'x',
  title: 'no',
  status: 503,
  detail: 'no',
  code: 'too_many_tails',
  instance: '/',
});

describe('a line of the tail', () => {
  const mark = (name: string) => (text: string) => `<${name} ${text}>`;
  const colours = { good: mark('good'), bad: mark('bad'), warn: mark('warn'), dim: mark('dim'), bold: mark('bold') };

  it('has what tells much, and nothing that steers a terminal', () => {
    const line = logLine(
      {
        ...{ '@timestamp': 'then', level: 'warn', service: 'auth', message: 'a\nb\u001b[2J', status_code: 500 },
        ...{ request_id: 'r', anomaly: { is_anomaly: true, score: 90 } },
      },
      { colours },
    );
    expect(line).toBe(
      '<dim then> <warn warn > <bold auth> a\\nb\\u001b[2J <dim status_code=500 request_id=r> <bad anomaly 90>',
    );
    expect(logLine({}, { colours })).toBe('<dim -> -     <bold -> ');
  });
});
