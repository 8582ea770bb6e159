import { BatchCache } from '../../src/activities/batch-cache';
import { createLogger } from '../../src/logger';
import { Shutdown } from '../../src/shutdown';
import type { SharedParts } from '../../src/workers/topic-parts';
import { TopicRuntime } from '../../src/workers/topic-runtime';
import { MemoryObserver } from '../support/memory-observer';
import { topicsOf } from '../topics/files';

const logger = createLogger('test', 'silent');
const redacted = new Map();
/** No server is asked before something is read or written. */
const shared = {
  ...{ kafka: {}, elasticsearch: {}, client: {}, topics: {}, queue: 'q', cache: new BatchCache(1) },
  ...{ observer: new MemoryObserver(), redacted, draining: new AbortController().signal, logger },
} as unknown as SharedParts;
const config = (part: string) => topicsOf(`topics: [{topic: a, ${part}}]`)[0]!;
const open = () => TopicRuntime.open(config('scoring: {warn: 1}'), shared, new Shutdown(logger));

describe('a topic whose configuration changes', () => {
  it('has its activities under the rules in force', async () => {
    const runtime = await open();
    const before = runtime.activities();
    expect(runtime.topic).toBe('a');
    await runtime.take(config('scoring: {warn: 2}'));
    expect(runtime.activities()).not.toBe(before);
    expect(runtime.current.activityDeps.rules.warn).toBe(2);
  });

  it('keeps those of before for the batches that were pulled under them', async () => {
    const runtime = await open();
    const { rulesHash } = runtime.current;
    const before = runtime.activities();
    await runtime.take(config('scoring: {warn: 2}'));
    expect(runtime.knows(rulesHash)).toBe(true);
    expect(runtime.activities(rulesHash)).toBe(before);
    expect(runtime.activities(runtime.current.rulesHash)).toBe(runtime.activities());
  });

  it('of rules that it does not have takes those in force, which then refuse the batch', async () => {
    const runtime = await open();
    expect(runtime.knows('other')).toBe(false);
    expect(runtime.activities('other')).toBe(runtime.activities());
  });

  it('forgets rules after a few changes', async () => {
    const runtime = await open();
    const { rulesHash } = runtime.current;
    for (const points of [2, 3]) await runtime.take(config(`scoring: {warn: ${points}}`));
    expect(runtime.knows(rulesHash)).toBe(true);
    await runtime.take(config('scoring: {warn: 4}'));
    expect(runtime.knows(rulesHash)).toBe(false);
  });

  it('takes what decides about no document on under the same rules', async () => {
    const runtime = await open();
    const { rulesHash } = runtime.current;
    await runtime.take(config('scoring: {warn: 1}, retention_days: 9'));
    expect(runtime.current.rulesHash).toBe(rulesHash);
    expect(runtime.current.activityDeps.retentionDays).toBe(9);
  });

  it('has one connection for its dead letters as long as the same secrets are hidden', async () => {
    const runtime = await open();
    const { deadLetters } = runtime.current;
    await runtime.take(config('scoring: {warn: 2}'));
    expect(runtime.current.deadLetters).toBe(deadLetters);
    await runtime.take(config('redaction: {rules: [ip]}'));
    expect(runtime.current.deadLetters).not.toBe(deadLetters);
  });

  it('counts what it hides on, whatever the rules', async () => {
    redacted.clear();
    const runtime = await open();
    redacted.set('jwt', 5);
    await runtime.take(config('redaction: {rules: [jwt, ip]}'));
    expect(redacted.get('jwt')).toBe(5);
    expect(redacted.get('ip')).toBe(0);
  });
});
