import type { Drainer } from '../../drain';

/** Another program that brings logs from Kafka to Elasticsearch, set up to do what Sluice does as far as it can. */
export interface Peer {
  title: string;
  /** The program, or what is missing before it can run, in words. */
  find: () => Promise<Drainer | string>;
}

/** Records of one bulk request, for each of them: what served them best where it was tried. */
export const BATCH_RECORDS = 5000;
