import { errors, type Client } from '@elastic/elasticsearch';
import type { RedriveOrders } from '../activities/redrive-ports';
import { asPipelineError } from './send-bulk';
import { redriveIndex, type RedriveOrder } from '../domain/redrive';

type StoredOrder = Omit<RedriveOrder, 'editedBody'> & { editedBody?: string };

/** Keeps the redrives that were ordered, in one small index of its own. */
export interface RedriveOrderStore extends RedriveOrders {
  /** Writes an order that is not there yet. @throws PipelineError elasticsearch_* */
  write(order: RedriveOrder): Promise<void>;
}

/** Redrive orders in Elasticsearch, by operation id. Nothing of them is indexed. */
export function createRedriveOrders(client: Client, settings: { indexPrefix: string }): RedriveOrderStore {
  const index = redriveIndex(settings.indexPrefix);
  return {
    async write({ editedBody, ...order }) {
      const document: StoredOrder = { ...order, ...(editedBody ? { editedBody: editedBody.toString('base64') } : {}) };
      await client.create({ index, id: order.operation, document }, { maxRetries: 0 }).catch((error: unknown) => {
        throw asPipelineError(error);
      });
    },
    async read(operation) {
      try {
        const { _source } = await client.get<StoredOrder>({ index, id: operation }, { maxRetries: 0 });
        const { editedBody, ...order } = _source!;
        return { ...order, ...(editedBody === undefined ? {} : { editedBody: Buffer.from(editedBody, 'base64') }) };
      } catch (error) {
        if (error instanceof errors.ResponseError && error.statusCode === 404) return undefined;
        throw asPipelineError(error);
      }
    },
  };
}
