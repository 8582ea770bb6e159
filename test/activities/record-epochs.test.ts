import { createEpochRecorder, withRecordedEpochs, withRecordedLetters } from '../../src/activities/record-epochs';
import type { LetterIndex, RecordIndex } from '../../src/activities/ports';
import type { EpochRecord } from '../../src/domain/epoch-record';

const about = { topic: 'logs', rulesHash: 'h', configuration: { retention_days: 2 } };

function memoryLog(fails = 0) {
  const records: EpochRecord[] = [];
  let left = fails;
  const write = async (record: EpochRecord) => {
    left -= 1;
    if (left >= 0) throw new Error('away');
    records.push(record);
  };
  return { records, write };
}

describe('createEpochRecorder', () => {
  it('records an epoch once, however many ask at the same time', async () => {
    const log = memoryLog();
    const demand = createEpochRecorder(log, about);
    await Promise.all([demand(1), demand(1), demand(2)]);
    await demand(1);
    expect(log.records).toMatchObject([
      { ...about, epoch: 1, recordedAt: expect.stringMatching(/^20.*Z$/) },
      { ...about, epoch: 2 },
    ]);
  });

  it('tries again after a failure', async () => {
    const log = memoryLog(1);
    const demand = createEpochRecorder(log, about);
    await expect(demand(1)).rejects.toThrow('away');
    await demand(1);
    expect(log.records).toHaveLength(1);
  });
});

describe('documents and letters', () => {
  const done: string[] = [];
  beforeEach(() => done.splice(0));
  const demand = (fails: boolean) => async (epoch: number) => {
    if (fails) throw new Error('away');
    done.push(`recorded ${epoch}`);
  };
  const index = { write: async () => void done.push('written') } as unknown as RecordIndex;
  const letters = { create: async () => void done.push('created') } as unknown as LetterIndex;
  const write = (fails: boolean) =>
    withRecordedEpochs(index, demand(fails)).write(
      {} as never,
      {} as never,
      3,
      undefined,
      new AbortController().signal,
    );
  const create = (fails: boolean) =>
    withRecordedLetters(letters, demand(fails)).create([{ epoch: 3 }, { epoch: 3 }, { epoch: 4 }] as never);

  it('are written after their epoch is on record', async () => {
    await write(false);
    await create(false);
    expect(done).toEqual(['recorded 3', 'written', 'recorded 3', 'recorded 4', 'created']);
  });

  it('are not written where it cannot be', async () => {
    await expect(write(true)).rejects.toThrow('away');
    await expect(create(true)).rejects.toThrow('away');
    expect(done).toEqual([]);
  });
});
