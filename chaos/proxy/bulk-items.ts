/** What Elasticsearch says of an item that its write queue has no room for. */
const REFUSED = {
  index: { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'refused by the chaos proxy' } },
};

/** A bulk request without the items that are refused. */
export interface Divided {
  /** The body with the other items; empty when all are refused. */
  passed: Buffer;
  /** Per item of the request, whether it is refused. */
  refused: boolean[];
}

/**
 * Divides a bulk body of `index` actions, two lines each.
 *
 * @param isRefused asked once an item, in order
 */
export function divideBulk(body: Buffer, isRefused: () => boolean): Divided {
  const refused: boolean[] = [];
  const parts: Buffer[] = [];
  for (let from = 0; from < body.length;) {
    const action = body.indexOf(10, from);
    const document = action < 0 ? -1 : body.indexOf(10, action + 1);
    const to = document < 0 ? body.length : document + 1;
    const refuse = isRefused();
    refused.push(refuse);
    if (!refuse) parts.push(body.subarray(from, to));
    from = to;
  }
  return { passed: Buffer.concat(parts), refused };
}

/** The node's answer to the items that passed, with the refused ones in their places. */
export function mergeAnswers(answer: { items?: unknown[] }, refused: boolean[]): { items: unknown[] } {
  const answered = [...(answer.items ?? [])];
  return { ...answer, items: refused.map((refuse) => (refuse ? REFUSED : answered.shift())) };
}
