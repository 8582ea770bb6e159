import { noFates, type FateCounts } from '../domain/ledger';
import { parseOffset, type OffsetString } from '../domain/offsets';
import { beat } from './heartbeat';
import type { BatchObserver } from './observer';
import type { FateReader } from './ports';

export interface GapInput {
  topic: string;
  generation: number;
  partition: number;
  from: OffsetString;
  to: OffsetString;
}

/**
 * Gives every offset of a range that Kafka no longer holds its fate. An attempt that came to nothing may have brought
 * some of it to Elasticsearch: those documents and dead letters are counted as what they are, and the rest is lost.
 */
export function createAccountGap(deps: { fates: FateReader; observer: BatchObserver }) {
  return async function accountGap({ generation, partition, from, to }: GapInput): Promise<FateCounts> {
    const range = { from: parseOffset(from), to: parseOffset(to) };
    return beat(async () => {
      const { documents, letters, moreDocuments } = await deps.fates.count({ generation, partition, ...range });
      const lost = range.to - range.from - documents - letters;
      // What is there was told of by the attempt that brought it.
      deps.observer.settled({ lostUpstream: { records: lost, bytes: 0 } });
      const more = moreDocuments === 0 ? {} : { moreDocuments };
      return { ...noFates(), duplicate: documents, deadLettered: letters, lostUpstream: lost, ...more };
    });
  };
}
