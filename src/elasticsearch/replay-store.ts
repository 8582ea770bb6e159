import { createHash } from 'node:crypto';
import { errors, type Client } from '@elastic/elasticsearch';
import type { ReplayStore } from '../activities/replay-ports';
import { replayIndex, type ReplayPlan, type StoredReplay } from '../domain/replay';
import { asPipelineError } from './send-bulk';

/** The replays that are kept, as the API shows them. */
export interface ReplayList {
  /** The newest ones of a topic, newest first. @throws PipelineError elasticsearch_* */
  list(topic: string, size: number): Promise<StoredReplay[]>;
}

/** Plans that are remembered: they never change. */
const REMEMBERED_PLANS = 16;

/** Replays in Elasticsearch, by id; a plan is a document of its own, since it is large and is written once. */
export function createReplayStore(client: Client, settings: { indexPrefix: string }): ReplayStore & ReplayList {
  const index = replayIndex(settings.indexPrefix);
  const plans = new Map<string, ReplayPlan>();

  async function create(id: string, document: object): Promise<boolean> {
    try {
      await client.create({ index, id, document, refresh: 'wait_for' }, { maxRetries: 0 });
      return true;
    } catch (error) {
      if (error instanceof errors.ResponseError && error.statusCode === 409) return false;
      throw asPipelineError(error, 'writing a replay');
    }
  }

  async function get<T>(id: string): Promise<T | undefined> {
    try {
      return (await client.get<T>({ index, id }, { maxRetries: 0 }))._source;
    } catch (error) {
      if (error instanceof errors.ResponseError && error.statusCode === 404) return undefined;
      throw asPipelineError(error, 'reading a replay');
    }
  }

  return {
    idOf: (topic, requestId) => `r-${createHash('sha256').update(`${topic} ${requestId}`).digest('hex').slice(0, 20)}`,
    create: (replay) => {
      const { topic, orderedAt } = replay.order;
      return create(replay.order.id, { topic, ordered_at: orderedAt, replay });
    },
    read: async (id) => (await get<{ replay: StoredReplay }>(id))?.replay,
    async update(id, change) {
      const doc = { replay: change };
      await client.update({ index, id, doc, retry_on_conflict: 3 }, { maxRetries: 0 }).catch((error: unknown) => {
        throw asPipelineError(error, 'writing a replay');
      });
    },
    async writePlan(id, plan) {
      await create(planId(id), { plan });
    },
    async readPlan(id) {
      const known = plans.get(id);
      if (known) return known;
      const plan = (await get<{ plan: ReplayPlan }>(planId(id)))?.plan;
      if (!plan) return undefined;
      if (plans.size >= REMEMBERED_PLANS) plans.delete(plans.keys().next().value!);
      plans.set(id, plan);
      return plan;
    },
    async list(topic, size) {
      try {
        const { hits } = await client.search<{ replay: StoredReplay }>(
          {
            index,
            ignore_unavailable: true,
            query: { term: { topic } },
            sort: [{ ordered_at: { order: 'desc', unmapped_type: 'date' } }],
            size,
          },
          { maxRetries: 0 },
        );
        return hits.hits.map(({ _source }) => _source!.replay);
      } catch (error) {
        throw asPipelineError(error, 'listing replays');
      }
    },
  };
}

function planId(id: string): string {
  return `${id}.plan`;
}
