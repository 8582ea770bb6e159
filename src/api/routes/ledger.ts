import { z } from 'zod';
import { METRICS_TYPE, pipelineMetrics } from '../metrics/pipeline-metrics';
import { lagAges } from '../metrics/lag-age';
import { createStoreMetrics } from '../metrics/store-metrics';
import type { GatheredFacts } from '../pipeline/gather-facts';
import { keepFor } from '../pipeline/keep-for';
import { createLedgerReader } from '../pipeline/read-ledger';
import type { AppDeps } from '../ports';
import { route, type Route } from '../route';
import { ledgerExample, metricsExample } from '../schemas/ledger-examples';
import { ledgerSchema, type LedgerView } from '../schemas/ledger';
import { noQuery } from '../schemas/log-queries';
import { within } from '../within';

/** However many scrape, the servers are asked once in this time. */
const SCRAPE_CACHE_MS = 3000;

/** How long Kafka's index of timestamps may take to be asked. */
const AGES_TIMEOUT_MS = 1000;

/** A reader of how long each partition's oldest record waits; what cannot be read in time is absent. */
function createAgeReader({
  settings,
  offsets,
  logger,
  now = Date.now,
}: Pick<AppDeps, 'settings' | 'offsets' | 'logger' | 'now'>) {
  return async (ledger: LedgerView | undefined): Promise<Map<number, number>> => {
    const known = (ledger?.partitions ?? []).flatMap(({ partition, next_offset: next, end_offset: end }) =>
      next === null || end === null ? [] : [{ partition, next: Number(next), end: Number(end) }],
    );
    return within(AGES_TIMEOUT_MS, lagAges(offsets, settings.topic, known, now())).catch((error: unknown) => {
      logger.debug({ err: error }, 'kafka timestamps not read');
      return new Map<number, number>();
    });
  };
}

/** The account of every offset, for people and for Prometheus. */
export function ledgerRoutes(
  deps: Pick<AppDeps, 'settings' | 'letters' | 'logger' | 'offsets' | 'metrics' | 'now' | 'retention'>,
  gather: () => Promise<GatheredFacts>,
): Route[] {
  const { topic } = deps.settings;
  const readLedger = createLedgerReader(deps, gather);
  const readAges = createAgeReader(deps);
  const readStore = createStoreMetrics(deps.retention);
  const metrics = keepFor(SCRAPE_CACHE_MS, async () => {
    const readPipeline = async () => {
      const ledger = await readLedger().catch(() => undefined);
      return pipelineMetrics(topic, ledger, await readAges(ledger));
    };
    const texts = await Promise.all([readPipeline(), readStore(), deps.metrics?.collect() ?? '']);
    return texts.join('');
  });
  return [
    route({
      method: 'get',
      path: '/pipeline/ledger',
      tag: 'pipeline',
      scope: 'read',
      summary: 'The account of every offset',
      description:
        'By partition and in total: next - first offset = the sum of the fates, so `imbalance` is always 0. Answers ' +
        'within 2 s; what could not be asked stands in `missing`, and what is only known there is null.',
      query: noQuery,
      answers: {
        200: {
          description: 'The ledger.',
          content: { 'application/json': { schema: ledgerSchema, example: ledgerExample } },
        },
      },
      problems: ['invalid_parameter', 'uri_too_long', 'internal_error', 'pipeline_unavailable'],
      handle: async (_, ctx) => {
        ctx.body = await readLedger();
      },
    }),
    route({
      method: 'get',
      path: '/metrics',
      tag: 'service',
      scope: 'monitor',
      summary: 'Metrics for Prometheus',
      description:
        'The ledger, the lag and the state by partition: `sluice_ledger_imbalance` must be 0; disks and index templates. At most 3 s old. A server that is away costs the ' +
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
    }),
  ];
}
