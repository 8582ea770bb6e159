import { z } from 'zod';
import 'zod-openapi';

/** Schemas of GET /pipeline/ledger. */

const count = z.int().min(0);
const offset = z.string().regex(/^\d+$/).meta({ description: 'A Kafka offset, as a decimal string.' });

const fates = z
  .strictObject({
    indexed: count,
    duplicate: count,
    dead_lettered: count,
    filtered: count,
    lost_upstream: count,
    void: count,
  })
  .meta({ id: 'Fates', description: 'How many offsets met each fate; of each offset the first one.' });

const current = z
  .strictObject({ indexed: count, dead_lettered: count, documents: count })
  .meta({ description: 'What a redrive moves, as it is by now: two fates, and the documents.' });

const documents = count.meta({
  description: 'Documents of these offsets: a message may hold several log records, each of which has one of its own.',
});

const source = z.enum(['workflows', 'commits', 'none']);
const imbalance = z.int().meta({ description: 'next - first - sum of the fates: 0, or something is wrong.' });

const partitionSchema = z.strictObject({
  partition: z.int().min(0),
  state: z.string().meta({ description: 'As GET /pipeline shows it.' }),
  source: source.meta({ description: 'The workflow, or its mirrored commit, which may be some seconds old.' }),
  generation: z.int().min(1).nullable().meta({ description: 'How often the topic was created anew, from 1.' }),
  first_offset: offset.nullable(),
  next_offset: offset.nullable(),
  end_offset: offset.nullable(),
  committed_offset: offset.nullable(),
  lag: count.nullable(),
  fates: fates.nullable(),
  documents: documents.nullable(),
  imbalance: imbalance.nullable(),
  redriven: count.nullable().meta({ description: 'Dead letters indexed after all; null: Elasticsearch is silent.' }),
  current: current.nullable(),
  closed: z
    .array(
      z.strictObject({
        ...{ generation: z.int().min(1), first_offset: offset, next_offset: offset },
        ...{ fates, documents, imbalance },
      }),
    )
    .meta({ description: 'Accounts of earlier topics of this name.' }),
});

export const ledgerSchema = z
  .strictObject({
    topic: z.string(),
    source: source.meta({ description: '`workflows` when every partition has answered.' }),
    missing: z
      .array(z.enum(['temporal', 'kafka', 'elasticsearch']))
      .meta({ description: 'What did not answer, in whole or in part; what is only known there is null.' }),
    partitions: z.array(partitionSchema),
    totals: z
      .strictObject({
        offsets: count.meta({ description: 'Sum of next - first, of the partitions whose account is known.' }),
        lag: count.nullable(),
        fates,
        documents,
        imbalance,
        redriven: count.nullable(),
        current: current.nullable(),
      })
      .meta({ description: 'Without the closed accounts.' }),
  })
  .meta({ id: 'Ledger' });

export type LedgerView = z.output<typeof ledgerSchema>;
export type PartitionLedgerView = LedgerView['partitions'][number];
