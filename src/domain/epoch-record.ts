import { letterIndexPrefix } from './dead-letter';

/** With what the documents of an epoch are made: kept for good, so that anybody can tell it of every document. */
export interface EpochRecord {
  topic: string;
  epoch: number;
  /** Hash of the configuration and the code version. */
  rulesHash: string;
  /** ISO time at which a worker first wrote under it. */
  recordedAt: string;
  /** Of the topic, as a pipeline file has it; no secret. */
  configuration: Record<string, unknown>;
}

/** The index of these records; like those of the letters, no search over `PREFIX-*` meets it. */
export function epochIndex(indexPrefix: string): string {
  return `${letterIndexPrefix(indexPrefix)}-epochs`;
}
