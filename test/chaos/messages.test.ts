import { canaryOf, KIND_HEADER, MessageStream, POISON_KINDS, SEQ_HEADER } from '../../chaos/load/messages';
import { createDice } from '../../chaos/plan/dice';
import { createLearningDecoder, decodeByParsing, decodeRecord } from '../../src/kafka/decode-record';

const take = (seed: number, count: number, poisonShare: number) => {
  const stream = new MessageStream(seed, createDice(seed, 1), poisonShare, Date.UTC(2026, 10, 24));
  return Array.from({ length: count }, () => stream.next());
};
const decode = (value: Buffer | null) => decodeRecord({ offset: 0, timestamp: 0, key: null, value });

test('the same seed gives the same messages, numbered', () => {
  expect(take(3, 200, 0.2)).toEqual(take(3, 200, 0.2));
  expect(take(3, 5, 0.2).map(({ headers }) => headers[SEQ_HEADER])).toEqual(['0', '1', '2', '3', '4']);
});

test('sound logs carry the canary in their message, and most go into the index as they are', () => {
  const values = take(4, 300, 0).map(({ value }) => value);
  for (const value of values) {
    const parsed = decodeByParsing({ offset: 0, timestamp: 0, key: null, value });
    expect(parsed.kind === 'record' && parsed.record.message).toContain(canaryOf(4));
  }
  const decoded = values.map(decode);
  expect(decoded.filter((one) => one.kind === 'record' && one.verbatim).length).toBeGreaterThan(250);
});

test('each poison is what it says', () => {
  const fates = new Map(take(5, 800, 1).map(({ kind, value }) => [kind, decode(value)]));
  expect([...fates.keys()].sort()).toEqual([...POISON_KINDS].sort());
  const sound = ['unknown fields', 'prototype', 'lone surrogate', 'beyond ascii', 'long message', 'long term'];
  const loggers = ['pino', 'pino in a container', 'winston', 'ecs', 'one exported record'];
  const documents = [...sound, ...loggers, 'other names', 'another logger', 'spaced'];
  const others: Record<string, string> = {
    tombstone: 'filtered',
    'several records': 'several',
    'several records, some bad': 'several',
  };
  for (const [kind, { kind: fate }] of fates) {
    expect({ kind, fate }).toEqual({
      kind,
      fate: others[kind] ?? (documents.includes(kind) ? 'record' : 'rejected'),
    });
  }
});

test('a worker decodes most records of other loggers by their shape', () => {
  const learning = createLearningDecoder();
  const decoded = take(7, 4000, 0.5).map(({ kind, value }) => {
    const one = learning({ offset: 0, timestamp: Date.UTC(2026, 10, 24), key: null, value });
    return { kind, spliced: one.kind === 'record' && !one.verbatim && one.spliced !== undefined };
  });
  for (const logger of ['pino', 'pino in a container', 'winston', 'ecs', 'one exported record']) {
    const some = decoded.filter(({ kind }) => kind === logger);
    expect([logger, some.filter(({ spliced }) => spliced).length > some.length / 2]).toEqual([logger, true]);
  }
});

test('the kind stands in a header', () => {
  for (const { kind, headers } of take(6, 50, 0.5)) expect(headers[KIND_HEADER]).toBe(kind);
});
