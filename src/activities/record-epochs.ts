import type { EpochRecord } from '../domain/epoch-record';
import type { LetterIndex, RecordIndex } from './ports';

/** Where it is kept with what epochs are made. All calls throw PipelineError elasticsearch_*. */
export interface EpochLog {
  /** Writing one again changes nothing. */
  write(record: EpochRecord): Promise<void>;
  /** The newest first. */
  list(): Promise<EpochRecord[]>;
}

/** Resolves once it is on record with what this process makes an epoch's documents. */
export type DemandRecorded = (epoch: number) => Promise<void>;

/** Records an epoch once; what fails is tried again by whoever asks next. */
export function createEpochRecorder(
  log: Pick<EpochLog, 'write'>,
  about: Omit<EpochRecord, 'epoch' | 'recordedAt'>,
): DemandRecorded {
  const recorded = new Map<number, Promise<void>>();
  return (epoch) => {
    const held = recorded.get(epoch);
    if (held) return held;
    const writing = log.write({ ...about, epoch, recordedAt: new Date().toISOString() }).catch((error: unknown) => {
      recorded.delete(epoch);
      throw error;
    });
    recorded.set(epoch, writing);
    return writing;
  };
}

/** The same index, which writes nothing of an epoch that is not on record. */
export function withRecordedEpochs(index: RecordIndex, demand: DemandRecorded): RecordIndex {
  return {
    ...index,
    async write(part, ref, epoch, only, signal) {
      await demand(epoch);
      return index.write(part, ref, epoch, only, signal);
    },
  };
}

/** The same for letters. */
export function withRecordedLetters(letters: LetterIndex, demand: DemandRecorded): LetterIndex {
  return {
    ...letters,
    async create(some, signal) {
      await Promise.all([...new Set(some.map(({ epoch }) => epoch))].map(demand));
      return letters.create(some, signal);
    },
  };
}
