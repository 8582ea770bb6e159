import { json } from 'node:stream/consumers';
import type { z } from 'zod';
import type { Audits } from '../../src/api/ports';
import { createMemoryDesk } from '../api/memory-dead-letters';
import { fakeWorkflows, partitionState } from '../api/fakes';
import { emptyReport } from '../../src/domain/audit-report';
import { acceptedExample, pipelineExample } from '../../src/api/schemas/examples';
import { acceptGapBody, operationBody, pauseBody, rebindBody, stopAtBody } from '../../src/api/schemas/operations';
import { replayExample, replayMessageExample, replayStartedExample } from '../../src/api/schemas/replay-examples';
import { replayBody, replayMessageBody } from '../../src/api/schemas/replays';
import { listen, sluice, startApi, stopApis } from './run-cli';

afterEach(stopApis);

const SCHEMAS = new Map<string, z.ZodType>([
  ['accept-gap', acceptGapBody],
  ['rebind', rebindBody],
  ['pause', pauseBody],
  ['stop-at', stopAtBody],
]);

const open = (partition: number, changes = {}) => ({
  execution: 'open' as const,
  state: partitionState(partition, 90, changes),
});

describe('sluice status', () => {
  it('in a pipe: one line a partition, fields between tabs, and their sum', async () => {
    const { code, out, err } = await sluice(await startApi(), ['status']);
    expect([code, err]).toEqual([0, '']);
    const [title, head, first, second, all, ...more] = out.trimEnd().split('\n');
    expect(title).toBe('topic logs: running');
    expect(head!.split('\t').slice(0, 5)).toEqual(['partition', 'state', 'next', 'end', 'lag']);
    expect(first!.split('\t').slice(0, 6)).toEqual(['0', 'running', '90', '100', '10', '90']);
    expect(second!.split('\t').slice(0, 6)).toEqual(['1', 'running', '100', '100', '0', '100']);
    expect(all!.split('\t').slice(0, 6)).toEqual(['all', 'running', '-', '-', '10', '190']);
    expect(more).toEqual([]);
  });

  it('names the command that decides what to do about a halted partition', async () => {
    const at = '2026-11-24T12:00:00.000Z';
    const gap = { from: '90', to: '95' };
    const lost = { code: 'offset_out_of_range', message: 'Kafka has deleted 90 to 95', at, gap };
    const anew = { code: 'topic_recreated', message: 'the topic is another one', at };
    const workflows = fakeWorkflows({
      0: open(0, { status: 'halted', failure: lost }),
      1: open(1, { status: 'halted', failure: anew }),
    });
    const { out } = await sluice(await startApi({ workflows }), ['status']);
    expect(out).toContain('sluice accept-gap --partition 0 --to 95');
    expect(out).toContain('sluice rebind --partition 1');
  });

  it('says what a partition is held by, and how what Temporal has paused goes on', async () => {
    const since = '2026-11-24T12:00:00.000Z';
    const pause = { kind: 'pause', since, actor: 'ann', reason: 'disk \u001b[31mfull' } as const;
    const stopAt = { kind: 'stop-at', since, offset: '120', expiresAt: '2026-11-24T14:00:00.000Z' } as const;
    const temporalPause = { of: 'activity', activity: 'indexBatch', activityId: '12', since, actor: 'bob' } as const;
    const workflows = fakeWorkflows({
      0: open(0, { status: 'paused', hold: pause }),
      1: { ...open(1, { hold: stopAt }), temporalPause },
    });
    const { out } = await sluice(await startApi({ workflows }), ['status']);
    expect(out.split('\n').filter((line) => /^( {2}goes|partition \d:)/.test(line))).toEqual([
      `partition 0: held by a pause since ${since} by ann (disk \\u001b[31mfull), until a resume`,
      `partition 1: held at offset 120 since ${since}, until 2026-11-24T14:00:00.000Z`,
      `partition 1: Temporal has paused indexBatch since ${since} by bob`,
      '  goes on with: temporal activity unpause --workflow-id ingest/logs/1 --activity-id 12',
    ]);
  });

  it('--json prints the answer byte by byte', async () => {
    const url = await startApi();
    const { out } = await sluice(url, ['status', '--json']);
    expect(out).toBe(`${await (await fetch(`${url}/pipeline`)).text()}\n`);
  });
});

describe('what steers the pipeline', () => {
  /** An API that takes every order and keeps what was sent, and says that its one partition is in these states in turn. */
  async function recorder(states: string[] = []) {
    const orders: { path: string; body: unknown }[] = [];
    const url = await listen(async (request, response) => {
      if (request.method === 'POST') orders.push({ path: request.url!, body: await json(request) });
      const state = states.length > 1 ? states.shift()! : states[0];
      const partitions = [{ ...pipelineExample.partitions[0], state }];
      response.end(JSON.stringify(request.method === 'POST' ? acceptedExample : { ...pipelineExample, partitions }));
    });
    return { url, orders };
  }

  it.each([
    [['pause', '--reason', 'index maintenance'], { reason: 'index maintenance', actor: 'tester@here' }],
    [['resume', '--actor', 'on-call'], { actor: 'on-call' }],
    [['accept-gap', '--partition', '1', '--to', '5000'], { partition: 1, to: '5000', actor: 'tester@here' }],
    [['pause', '--for-seconds', '60', '--request-id', 'r1'], { for_seconds: 60, request_id: 'r1' }],
    [['drain', '--partition', '2'], { partition: 2 }],
    [['stop-at', '--offset', '70', '--partition', '2'], { partition: 2, offset: '70' }],
    [['rebind', '--keep'], { keep: true, actor: 'tester@here' }],
  ])('%j', async (args, body) => {
    const { url, orders } = await recorder();
    const { code, out } = await sluice(url, args);
    expect(code).toBe(0);
    expect(orders).toEqual([{ path: `/pipeline/${args[0]}`, body: expect.objectContaining(body) }]);
    const schema = SCHEMAS.get(args[0]!) ?? operationBody;
    expect(schema.safeParse(orders[0]!.body).error).toBeUndefined();
    expect(out).toContain(acceptedExample.signal);
  });

  it('--wait returns when every partition has reached the state', async () => {
    const { url } = await recorder(['running', 'pausing: x', 'paused: x']);
    const { code, out, err } = await sluice(url, ['pause', '--wait', '--timeout', '20']);
    expect(code).toBe(0);
    expect(out).toContain('0\tpaused: x');
    expect(err).toContain('partition 0 is pausing');
  });

  it('--wait ends with a code of its own when the state is not reached in time', async () => {
    const { url } = await recorder(['running']);
    const { code, err } = await sluice(url, ['pause', '--wait', '--timeout', '0.3']);
    expect(code).toBe(5);
    expect(err).toContain('partition 0 is running');
    expect(err).toContain('The order stands');
  });
});

describe('sluice ledger', () => {
  it('shows the fates, and says when they do not add up', async () => {
    const ledger = { ...partitionState(0, 90).ledger, indexed: 89 };
    const workflows = fakeWorkflows({ 0: open(0, { ledger }), 1: open(1) });
    const { code, out } = await sluice(await startApi({ workflows }), ['ledger']);
    expect(code).toBe(0);
    const row = out
      .split('\n')
      .find((line) => line.startsWith('0\t'))!
      .split('\t');
    expect([row[2], row[3], row[5], row.at(-1)]).toEqual(['0', '90', '89', '1']);
    expect(out).toContain('the fates do not add up');
  });
});

describe('sluice replay, rescore and shadow', () => {
  async function recorder() {
    const orders: { path: string; body: unknown }[] = [];
    const url = await listen(async (request, response) => {
      if (request.method === 'POST') orders.push({ path: request.url!, body: await json(request) });
      const list = { replays: [replayExample] };
      const one = { ...replayExample, status: 'failed', failing: { code: 'epoch_mismatch', message: 'other rules' } };
      const told = request.url!.endsWith('/cancel') ? replayMessageExample : replayStartedExample;
      response.end(JSON.stringify(request.method === 'POST' ? told : request.url === '/replays' ? list : one));
    });
    return { url, orders };
  }

  it.each([
    [
      ['replay', '--partitions', '0,2', '--from', '5', '--to', '9', '--dry-run'],
      { mode: 'repair', partitions: [0, 2] },
    ],
    [['rescore', '--from-time', 'now-1h', '--records-per-second', '500'], { mode: 'rescore', records_per_second: 500 }],
    [['shadow', '--rules', 'rules.json'], { mode: 'shadow', rules: { slow: 30 } }],
  ])('%j', async (args, body) => {
    const { url, orders } = await recorder();
    const { code, out } = await sluice(url, args, { files: { 'rules.json': '{"slow": 30}' } });
    expect(code).toBe(0);
    expect(out).toContain(`sluice replays show ${replayStartedExample.id} --wait`);
    expect(orders).toEqual([{ path: '/replays', body: expect.objectContaining({ ...body, actor: 'tester@here' }) }]);
    expect(replayBody.safeParse(orders[0]!.body).error).toBeUndefined();
  });

  it('one that has failed is a problem, and says why', async () => {
    const { url } = await recorder();
    const { code, out } = await sluice(url, ['replay', '--wait']);
    expect(code).toBe(1);
    expect(out).toContain('epoch_mismatch: other rules');
    expect(out).toContain('20,000 of 50,000 done (40%, 1,990 a second, 16 s to go)');
  });

  it('lists and cancels', async () => {
    const { url, orders } = await recorder();
    expect((await sluice(url, ['replays'])).out).toContain(`${replayExample.id}\trepair\trunning`);
    const { code, out } = await sluice(url, ['replays', 'cancel', 'r-1', '--reason', 'enough']);
    expect([code, out]).toEqual([0, `replay ${replayMessageExample.id} is pausing\n`]);
    expect(orders).toEqual([{ path: '/replays/r-1/cancel', body: { reason: 'enough', actor: 'tester@here' } }]);
    expect(replayMessageBody.safeParse(orders[0]!.body).error).toBeUndefined();
  });

  it('rules that are no JSON are wrong usage', async () => {
    const { url, orders } = await recorder();
    const { code } = await sluice(url, ['shadow', '--rules', 'r'], { files: { r: 'slow: 30' } });
    expect([code, orders]).toEqual([2, []]);
  });
});

describe('sluice audit', () => {
  const audits = (missing: number): Audits & { scopes: object[] } => {
    const scopes: object[] = [];
    const report = emptyReport();
    report.counts.missing = missing;
    if (missing > 0) {
      report.verdict = 'differences';
      report.names.missing.push({ partition: 0, from: '17', to: '20' });
    }
    const times = { startedAt: '2026-11-24T12:00:00.000Z', endedAt: '2026-11-24T12:00:01.000Z' };
    return {
      scopes,
      start: async (_topic, _id, scope) => void scopes.push(scope),
      read: async () => ({ status: 'done', ...times, state: { total: 1, judged: 1, report } }),
    };
  };

  it('starts one and says how to look at it', async () => {
    const fake = audits(0);
    const args = ['audit', '--partitions', '0,1', '--from', '5', '--to', '9'];
    const { code, out } = await sluice(await startApi({ audits: fake }), args);
    expect(code).toBe(0);
    expect(fake.scopes).toEqual([{ partitions: [0, 1], from: '5', to: '9' }]);
    expect(out).toMatch(/sluice audit show \d{8}-\d{6}-\w{6} --wait/);
  });

  it('--wait: 0 when clean, a code of its own with differences, which are named', async () => {
    const clean = await sluice(await startApi({ audits: audits(0) }), ['audit', '--wait']);
    expect([clean.code, clean.out.includes('clean')]).toEqual([0, true]);
    const dirty = await sluice(await startApi({ audits: audits(3) }), ['audit', '--wait']);
    expect(dirty.code).toBe(4);
    expect(dirty.out).toContain('missing: partition 0, offsets 17 to 19');
    const shown = await sluice(await startApi({ audits: audits(3) }), ['audit', 'show', 'a-1', '--wait', '--json']);
    expect(shown.code).toBe(4);
    expect(JSON.parse(shown.out)).toMatchObject({ id: 'a-1', result: { verdict: 'differences' } });
  });

  it('one that nobody knows is a problem', async () => {
    const { code, err } = await sluice(await startApi(), ['audit', 'show', 'a-1']);
    expect(code).toBe(1);
    expect(err).toContain('audit_not_found');
  });
});

describe('sluice dead-letters', () => {
  const clear = '\u001b[2J\u202e';

  const record = (offset: number, value: Buffer) => ({ offset, timestamp: Date.now(), key: null, value });

  async function deskWithLetters() {
    const memory = createMemoryDesk();
    await memory.add([
      { record: record(1, Buffer.from(`{"level": "info", "x": "${clear}"`)) },
      { record: record(2, Buffer.from('no json')) },
    ]);
    return { ...memory, url: await startApi({ deadLetters: memory.desk }) };
  }

  it('lists and filters, and sends nothing of a record that would steer the terminal', async () => {
    const { url } = await deskWithLetters();
    const { code, out } = await sluice(url, ['dead-letters', '--code', 'invalid_json', '--state', 'open']);
    expect(code).toBe(0);
    expect(out).toContain('2 dead letters: 2 invalid_json');
    expect(out).toContain('01-0000-0000000000000001');
    const one = await sluice(url, ['dead-letters', 'show', '01-0000-0000000000000001']);
    expect(one.out).toContain('\\u001b[2J\\u202e');
    for (const text of [out, one.out]) {
      expect(text).not.toContain('\u001b');
      expect(text).not.toContain('\u202e');
    }
    const none = await sluice(url, ['dead-letters', '--code', 'missing_field']);
    expect(none.out).toBe('0 dead letters\n');
  });

  it('previews a redrive, then starts one', async () => {
    const { url, started } = await deskWithLetters();
    const preview = await sluice(url, ['dead-letters', 'redrive', '--code', 'invalid_json', '--dry-run']);
    expect(preview.code).toBe(0);
    expect(preview.out).toContain('2 letters would be redriven; nothing was written');
    expect(preview.out).toContain('rejected\t2');
    expect(started.size).toBe(0);
    const real = await sluice(url, ['dead-letters', 'redrive', '--all', '--reason', 'mended']);
    expect(real.code).toBe(0);
    const operation = [...started.keys()][0]!;
    expect(real.out).toContain(`sluice redrives show ${operation}`);
    const shown = await sluice(url, ['redrives', 'show', operation]);
    expect(shown.out).toContain('running, ordered by tester@here: mended');
    started.set(operation, 'failed');
    expect((await sluice(url, ['redrives', 'show', operation, '--wait'])).code).toBe(1);
    expect((await sluice(url, ['redrives', 'cancel', operation])).code).toBe(0);
  });

  it('redrives one letter with a body from a file', async () => {
    const { url, orders } = await deskWithLetters();
    const id = '01-0000-0000000000000002';
    const files = { 'mended.json': '{"service": "auth", "level": "info", "message": "mended"}\n' };
    const { code } = await sluice(url, ['dead-letters', 'redrive', id, '--body', 'mended.json'], { files });
    expect(code).toBe(0);
    const [order] = [...orders.orders.values()];
    expect(order!.editedBody?.toString()).toBe(files['mended.json'].trim());
    const bad = await sluice(url, ['dead-letters', 'redrive', id, '--body', 'b'], {
      files: { b: '{"level": "info"}' },
    });
    expect(bad.code).toBe(1);
    expect(bad.err).toContain('invalid_body');
  });

  it.each([
    [['dead-letters', 'redrive']],
    [['dead-letters', 'redrive', '--all', '--code', 'invalid_json']],
    [['dead-letters', 'redrive', '--all', '--body', 'x']],
    [['dead-letters', 'redrive', '01-0000-0000000000000002', '--body', 'empty']],
  ])('%j is wrong usage', async (args) => {
    const { url, started } = await deskWithLetters();
    const { code, err } = await sluice(url, args);
    expect([code, err.startsWith('sluice: ')]).toEqual([2, true]);
    expect(started.size).toBe(0);
  });
});
