import { randomUUID } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import fc from 'fast-check';
import type { HistogramRequest, Interval } from '../../src/api/logs/ports';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { logTemplate } from '../../src/elasticsearch/index-template';
import { createLogSearch } from '../../src/elasticsearch/search';
import { generateLogs, GENERATED_UNTIL } from '../api/generated-logs';
import { createMemoryLogSearch } from '../api/memory-log-search';
import { deleteIndices } from '../support/delete-indices';

jest.setTimeout(240_000);

const HOUR = 3_600_000;
const prefix = `zones-${randomUUID()}`;
/** When clocks change in Berlin, in New York, and on Lord Howe Island, by half an hour. */
const CHANGES = [
  ...['2026-10-25T01:00:00Z', '2027-03-28T01:00:00Z', '2026-11-01T06:00:00Z', '2027-03-14T07:00:00Z'],
  ...['2026-10-03T15:30:00Z', '2027-04-03T15:00:00Z'],
].map((text) => Date.parse(text));

/** The generated logs of thirty hours, moved so that each change lies in the middle of some. */
const documents = CHANGES.flatMap((change, position) =>
  generateLogs(150, prefix, position).map(({ id, log }, index) => {
    const time = new Date(Date.parse(log['@timestamp']) - GENERATED_UNTIL + change + 15 * HOUR).toISOString();
    return {
      id: `${id}-${position}-${index}`,
      index: `${prefix}-${time.slice(0, 10).replaceAll('-', '.')}`,
      log: { ...log, '@timestamp': time },
    };
  }),
);
let elasticsearch: Client;

beforeAll(async () => {
  elasticsearch = createElasticsearch({ url: process.env['SLUICE_TEST_ELASTICSEARCH_URL']!, requestTimeoutMs: 30_000 });
  const template = logTemplate({ indexPrefix: prefix, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
  await elasticsearch.indices.putIndexTemplate({ name: prefix, ...template });
  const operations = documents.flatMap(({ id, index, log }) => [{ index: { _index: index, _id: id } }, log]);
  expect((await elasticsearch.bulk({ operations, refresh: true })).errors).toBe(false);
});

afterAll(async () => {
  await deleteIndices(elasticsearch, prefix);
  await elasticsearch.indices.deleteIndexTemplate({ name: prefix });
  await elasticsearch.close();
});

const interval = fc.constantFrom<Interval>(
  ...[0.25, 0.5, 1, 3, 6, 12].map((hours) => ({ ms: hours * HOUR })),
  ...(['day', 'week', 'month'] as const).map((calendar) => ({ calendar })),
);
const timeZone = fc.constantFrom(
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', '-03:30'],
);

/** A range of some days around a change, which begins and ends at any minute. */
const request = fc
  .record({
    ...{ change: fc.constantFrom(...CHANGES), interval, timeZone },
    before: fc.integer({ min: 1, max: 3 * 24 * 60 }),
    after: fc.integer({ min: 1, max: 3 * 24 * 60 }),
    split: fc.constantFrom('level', 'severity', 'service', undefined),
  })
  .map(({ change, before, after, ...rest }): HistogramRequest => {
    const filter = { where: { kind: 'all' } as const, fromMs: change - before * 60_000, toMs: change + after * 60_000 };
    return { filter, nowMs: change, ...rest };
  });

/** Months and weeks of some years, in zones that change their clocks at midnight too. */
const longRequest = fc
  .record({
    fromMs: fc.integer({ min: Date.UTC(1995, 0), max: Date.UTC(2030, 0) }),
    days: fc.integer({ min: 1, max: 1500 }),
    calendar: fc.constantFrom('day', 'week', 'month'),
    timeZone: fc.constantFrom('America/Sao_Paulo', 'Asia/Beirut', 'Africa/Cairo', 'Europe/Berlin', '+05:45'),
  })
  .map(({ fromMs, days, calendar, timeZone: zone }): HistogramRequest => {
    const filter = { where: { kind: 'all' } as const, fromMs, toMs: fromMs + days * 24 * HOUR };
    return { filter, nowMs: fromMs, interval: { calendar }, timeZone: zone };
  });

it('buckets begin where the clock of the time zone says, whatever it does, and hold what a count by hand says', async () => {
  const real = createLogSearch(elasticsearch, { indexPrefix: prefix, queryTimeoutMs: 10_000 });
  const plain = createMemoryLogSearch(documents);
  await fc.assert(
    fc.asyncProperty(request, async (asked) => {
      const [found, expected] = await Promise.all([real.histogram(asked), plain.histogram(asked)]);
      const shown = ({ buckets }: typeof found) =>
        buckets.map(({ startMs, ...rest }) => ({ start: new Date(startMs).toISOString(), ...rest }));
      expect(shown(found)).toEqual(shown(expected));
    }),
    { numRuns: 150, seed: 1 },
  );
});

it('an index that is not there has the buckets, all of them empty, that one without a match has', async () => {
  const settings = { queryTimeoutMs: 10_000 };
  const real = createLogSearch(elasticsearch, { indexPrefix: prefix, ...settings });
  const none = createLogSearch(elasticsearch, { indexPrefix: `none-${prefix}`, ...settings });
  await fc.assert(
    fc.asyncProperty(fc.oneof(request, longRequest), async (asked) => {
      const filter = { ...asked.filter, where: { kind: 'equals', field: 'service', values: ['nobody'] } } as const;
      const [found, empty] = await Promise.all([
        real.histogram({ ...asked, filter }),
        none.histogram({ ...asked, filter }),
      ]);
      const shown = ({ buckets }: typeof found) =>
        buckets.map(({ startMs, ...rest }) => ({ start: new Date(startMs).toISOString(), ...rest }));
      expect(shown(empty)).toEqual(shown(found));
    }),
    { numRuns: 300, seed: 1 },
  );
});
