import type { GatheredFacts } from '../pipeline/gather-facts';
import { createLedgerReader } from '../pipeline/read-ledger';
import type { AppDeps } from '../ports';
import { route, type Route } from '../route';
import { ledgerExample } from '../schemas/ledger-examples';
import { ledgerSchema } from '../schemas/ledger';
import { noQuery } from '../schemas/log-queries';

/** The account of every offset, for people. */
export function ledgerRoutes(
  deps: Pick<AppDeps, 'settings' | 'letters' | 'logger'>,
  gather: () => Promise<GatheredFacts>,
): Route[] {
  const readLedger = createLedgerReader(deps, gather);
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
  ];
}
