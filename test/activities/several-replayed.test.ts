import { noReplayCounts } from '../../src/domain/replay';
import { EPOCH, type MemoryWorker } from '../support/activity-run';
import { badRecord, exportRequest, otlpRecord } from '../support/export-request';
import { replayOrder } from '../support/memory-replays';
import { kafkaRecord } from '../support/records';
import { audit, holding, KEY, message, redrive } from '../support/several-messages';

describe('a message of which a part is refused, replayed', () => {
  const at = (worker: MemoryWorker) =>
    [...worker.index.documents].map(([key, { version, source }]) => [key.slice(-4), version, source['edited']]);

  async function replayed(sent = message(otlpRecord('a'), badRecord(), otlpRecord('b'))) {
    const { worker, index } = holding(sent, kafkaRecord('no json'));
    const result = await index();
    worker.replays.settled(0, 2);
    worker.replays.newest = { number: 7, rulesHash: EPOCH.rulesHash };
    const letters = structuredClone([...worker.letters.letters]);
    const replay = async (mode: 'repair' | 'rescore') => {
      const id = `${mode}-${worker.replays.stored.size}`;
      await worker.replays.create({ order: replayOrder({ id, mode }), status: 'ordered' });
      await worker.run('planReplay', [{ topic: 'logs', id }]);
      return worker.run('replayChunk', [{ topic: 'logs', id, partition: 0, from: '0', to: '2' }]);
    };
    return { worker, result, letters, replay };
  }

  test('a rescore gives the good parts the new epoch, and the letter stays', async () => {
    const { worker, result, letters, replay } = await replayed();
    expect((await replay('rescore')).counts).toMatchObject({ written: 0, deadLettered: 2 });
    expect(at(worker)).toEqual([
      ['00-0', 7, undefined],
      ['00-2', 7, undefined],
    ]);
    expect([...worker.letters.letters]).toEqual(letters);
    expect(await audit(worker, result)).toMatchObject({ verdict: 'clean' });
  });

  test('a repair writes a good part that is lost, and changes nothing else', async () => {
    const { worker, result, letters, replay } = await replayed();
    const before = structuredClone([...worker.index.documents]);
    worker.index.documents.delete(`${KEY}-2`);
    expect((await replay('repair')).counts).toMatchObject({ written: 0, deadLettered: 2 });
    expect([...worker.index.documents]).toEqual(before);
    expect([...worker.letters.letters]).toEqual(letters);
    expect(await audit(worker, result)).toMatchObject({ verdict: 'clean' });
  });

  test('what an edited body made is left alone', async () => {
    const { worker, replay } = await replayed(message(otlpRecord('a'), badRecord(), badRecord()));
    const half = exportRequest([otlpRecord('x'), otlpRecord('y'), badRecord()]);
    await redrive(worker, 'half', half);
    const before = structuredClone([...worker.index.documents]);
    expect(before.map(([key, { source }]) => [key.slice(-4), source['edited']])).toEqual(
      expect.arrayContaining([
        ['00-0', undefined],
        ['00-1', true],
      ]),
    );
    await replay('rescore');
    expect([...worker.index.documents]).toEqual(before);
  });

  test('a process that dies again and again: the parts are prepared apart, and get the epoch all the same', async () => {
    const { worker } = await replayed();
    const id = 'lost';
    await worker.replays.create({ order: replayOrder({ id, mode: 'rescore' }), status: 'ordered' });
    await worker.run('planReplay', [{ topic: 'logs', id }]);
    const heartbeatDetails = { next: '0', counts: noReplayCounts(), lost: 5 };
    const input = { topic: 'logs', id, partition: 0, from: '0', to: '2' };
    await worker.run('replayChunk', [input], { heartbeatDetails, number: 7 });
    expect(at(worker).map(([, version]) => version)).toEqual([7, 7]);
  });
});
