import { errors, type Client } from '@elastic/elasticsearch';
import type { ExportPlace, ExportSource } from '../activities/export-ports';
import { PipelineError } from '../domain/errors';
import { logIndexPatterns } from '../domain/ids';
import { logOf } from './log-text';
import { isViewGone } from './log-views';
import { isPartial, type Answer } from './search-answer';
import { toSearchError } from './search-errors';
import { lostView, NEWEST } from './search-page';
import { toQuery, toSort } from './search-query';

/** A view outlasts a restart of the worker or a pause of this length; after that the export begins anew. */
const KEEP_ALIVE = '30m';

/** Frozen views that outlast the process: whoever knows their name goes on in them. */
export function createExportSource(client: Client, { indexPrefix }: { indexPrefix: string }): ExportSource {
  const index = logIndexPatterns(indexPrefix);

  async function ask(body: Parameters<Client['search']>[0]): Promise<Answer | 'gone'> {
    try {
      const answer = await client.search<Record<string, unknown>>(body);
      if (!isPartial(answer)) return answer;
      if (lostView(answer)) return 'gone';
    } catch (error) {
      if (isViewGone(error)) return 'gone';
      throw translated(error);
    }
    throw new PipelineError('elasticsearch_unavailable', 'not every shard answered');
  }

  async function release(pit: string): Promise<void> {
    await client.closePointInTime({ id: pit }).catch(() => undefined);
  }

  return {
    release,
    async freeze(filter) {
      const query = toQuery(filter);
      const opened = await client
        .openPointInTime({ index, ignore_unavailable: true, keep_alive: KEEP_ALIVE, index_filter: query })
        .catch((error: unknown) => {
          throw translated(error);
        });
      const answer = await ask({ pit: { id: opened.id }, query, size: 0, track_total_hits: true }).catch(
        async (error: unknown) => {
          await release(opened.id);
          throw error;
        },
      );
      if (answer === 'gone') throw new PipelineError('elasticsearch_unavailable', 'the frozen view is gone already');
      const { total } = answer.hits;
      return { pit: answer.pit_id ?? opened.id, total: typeof total === 'number' ? total : (total?.value ?? 0) };
    },
    async page({ pit, filter, sort = NEWEST, fields, after, size }) {
      const answer = await ask({
        ...{ pit: { id: pit, keep_alive: KEEP_ALIVE }, query: toQuery(filter), sort: toSort(sort), size },
        track_total_hits: false,
        ...(after ? { search_after: [...after] } : {}),
        ...(fields ? { _source_includes: [...fields] } : {}),
      });
      if (answer === 'gone') return 'gone';
      const { hits } = answer.hits;
      const last = hits.at(-1)?.sort as ExportPlace | undefined;
      return { logs: hits.map(logOf), pit: answer.pit_id ?? pit, ...(last ? { after: last } : {}) };
    },
  };
}

/** What Elasticsearch will refuse however often it is asked ends the export. */
function translated(error: unknown): unknown {
  const known = toSearchError(error);
  if (known instanceof PipelineError || !(error instanceof errors.ResponseError)) return known;
  return new PipelineError('export_refused', (known as Error).message);
}
