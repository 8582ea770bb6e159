import type { StoredDocument } from './compare';

const PAGE = 5000;

interface Page {
  pit_id: string;
  hits: {
    hits: { _id: string; _index: string; _version: number; _source: Record<string, unknown>; sort: unknown[] }[];
  };
}

/** The log indices of a prefix, as patterns. */
export function logIndexPatterns(indexPrefix: string): string[] {
  return [`${indexPrefix}-2*`, `${indexPrefix}-old*`];
}

/**
 * Reads every document of some indices, straight from the node and parsed by nothing but JSON.parse. A document that is
 * in two indices comes twice.
 */
export async function readDocuments(url: string, patterns: string[]): Promise<StoredDocument[]> {
  const indices = encodeURIComponent(patterns.join());
  await ask(url, 'POST', `/${indices}/_refresh?allow_no_indices=true&ignore_unavailable=true`);
  const { id } = await ask<{ id: string }>(url, 'POST', `/${indices}/_pit?keep_alive=2m&ignore_unavailable=true`);
  const documents: StoredDocument[] = [];
  let pit = id;
  let after: unknown[] | undefined;
  try {
    for (;;) {
      const page = await ask<Page>(url, 'POST', '/_search', {
        size: PAGE,
        version: true,
        track_total_hits: false,
        pit: { id: pit, keep_alive: '2m' },
        sort: ['_shard_doc'],
        ...(after ? { search_after: after } : {}),
      });
      pit = page.pit_id;
      const { hits } = page.hits;
      for (const { _id, _index, _version, _source } of hits) {
        documents.push({ id: _id, index: _index, version: _version, source: _source });
      }
      if (hits.length < PAGE) return documents;
      after = hits.at(-1)!.sort;
    }
  } finally {
    await ask(url, 'DELETE', '/_pit', { id: pit }).catch(() => undefined);
  }
}

async function ask<T>(url: string, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path.split('?')[0]} is answered with ${response.status}`);
  return JSON.parse(await response.text()) as T;
}
