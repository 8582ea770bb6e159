import type { Client } from '@elastic/elasticsearch';

/** How often the index's own counter is read; it costs no refresh. */
const SAMPLE_MS = 100;

/** How documents arrived, from the first sample that saw any to the one that saw the last. */
export interface Arrival {
  /** Documents between the two samples. */
  documents: number;
  /** The same in a second. */
  rate: number;
}

/**
 * Watches documents arrive in an index until `count` are there. All sides of a comparison are timed by this.
 *
 * @param onFirst called once, at the first sample that sees any
 * @throws Error when nothing arrives for a minute
 */
export async function watchIndexing(
  client: Client,
  index: string,
  count: number,
  onFirst: () => void = () => undefined,
): Promise<Arrival> {
  let first: { at: number; documents: number } | undefined;
  let last = { at: performance.now(), documents: 0 };
  for (;;) {
    const documents = await indexedSoFar(client, index);
    const at = performance.now();
    if (documents > 0 && !first) {
      first = { at, documents };
      onFirst();
    }
    if (documents > last.documents) last = { at, documents };
    if (first && documents >= count) {
      const arrived = documents - first.documents;
      return { documents: arrived, rate: (arrived / (at - first.at)) * 1000 };
    }
    if (at - last.at > 60_000) throw new Error(`${index} stands still at ${documents} of ${count} documents`);
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
}

async function indexedSoFar(client: Client, index: string): Promise<number> {
  const stats = await client.indices
    .stats({ index, metric: 'indexing', filter_path: '_all.primaries.indexing.index_total' })
    .catch(() => undefined);
  return stats?._all?.primaries?.indexing?.index_total ?? 0;
}
