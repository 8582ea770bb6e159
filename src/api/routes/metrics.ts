import { z } from 'zod';
import { lagAges } from '../metrics/lag-age';
import { METRICS_TYPE, pipelineMetrics } from '../metrics/pipeline-metrics';
import { createStoreMetrics } from '../metrics/store-metrics';
import type { GatheredFacts } from '../pipeline/gather-facts';
import { keepFor } from '../pipeline/keep-for';
import { createLedgerReader } from '../pipeline/read-ledger';
import type { AppDeps } from '../ports';
import { route, type Route } from '../route';
import { metricsExample } from '../schemas/ledger-examples';
import type { LedgerView } from '../schemas/ledger';
import { noQuery } from '../schemas/log-queries';
import { within } from '../within';

/** However many scrape, the servers are asked once in this time. */
const SCRAPE_CACHE_MS = 3000;

/** How long Kafka's index of timestamps may take to be asked. */
const AGES_TIMEOUT_MS = 1000;

type Deps = Pick<AppDeps, 'settings' | 'letters' | 'logger' | 'offsets' | 'metrics' | 'now' | 'retention'>;

/** What is measured of one topic. */
export interface MeasuredTopic {
  deps: Deps;
  gather: () => Promise<GatheredFacts>;
}

/** The account of every offset of every topic, for Prometheus. */
export function metricsRoute(topics: readonly MeasuredTopic[]): Route {
  const { metrics: own, retention } = topics[0]!.deps;
  const readers = topics.map(({ deps, gather }) => createTopicReader(deps, gather));
  const drifts = topics.map(
    ({ deps }) =>
      () =>
        deps.retention.drift(),
  );
  const readStore = createStoreMetrics({
    disks: () => retention.disks(),
    drift: async () => (await Promise.all(drifts.map((drift) => drift()))).flat(),
  });
  const metrics = keepFor(SCRAPE_CACHE_MS, async () => {
    const readPipeline = async () => pipelineMetrics(await Promise.all(readers.map((read) => read())));
    return (await Promise.all([readPipeline(), readStore(), own?.collect() ?? ''])).join('');
  });
  return route({
    method: 'get',
    path: '/metrics',
    tag: 'service',
    scope: 'monitor',
    summary: 'Metrics for Prometheus',
    description:
      'The ledger, the lag and the state by topic and partition: `sluice_ledger_imbalance` must be 0; disks and index templates. At most 3 s old. A server that is away costs the ' +
      'samples that only it knows, and `sluice_source_up` says so; the scrape itself does not fail.',
    query: noQuery,
    answers: {
      200: {
        description: 'Text format 0.0.4.',
        content: { 'text/plain': { schema: z.string(), example: metricsExample } },
      },
    },
    problems: ['invalid_parameter', 'uri_too_long', 'internal_error'],
    handle: async (_, ctx) => {
      ctx.body = await metrics();
      ctx.type = METRICS_TYPE;
    },
  });
}

/** A reader of a topic's ledger, and of how long the oldest record of each partition waits; what cannot be read in time is absent. */
function createTopicReader(deps: Deps, gather: () => Promise<GatheredFacts>) {
  const { settings, offsets, logger, now = Date.now } = deps;
  const { topic } = settings;
  const readLedger = createLedgerReader(deps, gather);

  async function readAges(ledger: LedgerView | undefined): Promise<Map<number, number>> {
    const known = (ledger?.partitions ?? []).flatMap(({ partition, next_offset: next, end_offset: end }) =>
      next === null || end === null ? [] : [{ partition, next: Number(next), end: Number(end) }],
    );
    return within(AGES_TIMEOUT_MS, lagAges(offsets, topic, known, now())).catch((error: unknown) => {
      logger.debug({ err: error }, 'kafka timestamps not read');
      return new Map<number, number>();
    });
  }

  return async () => {
    const ledger = await readLedger().catch(() => undefined);
    return { topic, ledger, ages: await readAges(ledger) };
  };
}
