import type { Server } from 'node:http';
import supertest from 'supertest';
import { createTemporalAudits } from '../../src/api/pipeline/temporal-audits';
import { auditSchema, type AuditView } from '../../src/api/schemas/audit';
import { documentId, parseDocumentId } from '../../src/domain/ids';
import { createOffsetReader } from '../../src/kafka/offsets';
import { createTestApp } from '../api/fakes';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { waitFor } from '../support/wait-for';

const GOOD = 3000;
const BAD = Array.from({ length: 12 }, (_, i) => ({ key: `bad ${i}`, value: `not json ${i}` }));
const range = (partition: number, from: number, to: number) => ({ partition, from: String(from), to: String(to) });

describe('the audit on the real servers', () => {
  const pipeline = new TestPipeline();
  let server: Server;
  let index: string;

  beforeAll(async () => {
    pipeline.startWorker();
    const offsets = createOffsetReader(pipeline.kafka);
    await waitFor(() => offsets.partitions(pipeline.topic), 60_000);
    await offsets.close();
    await pipeline.produce([...generatedMessages(GOOD), { key: 'gone', value: null }, ...BAD]);
    await pipeline.settled(GOOD + 1 + BAD.length);
    const audits = createTemporalAudits(pipeline.temporal, pipeline.topic);
    const settings = { topic: pipeline.topic, groupId: pipeline.topic, partitions: 4, namespace: 'default' };
    const app = createTestApp({ audits, settings: { ...settings, uiUrl: 'http://ui.example', corsOrigins: [] } });
    server = app.listen(0, '127.0.0.1');
    index = Object.keys(await pipeline.elasticsearch.indices.get({ index: `${pipeline.topic}-2*` }))[0]!;
  }, 120_000);

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    await pipeline.close();
  }, 60_000);

  async function audit(scope: object = {}): Promise<AuditView> {
    const { body } = await supertest(server).post('/pipeline/audit').send(scope).expect(202);
    return waitFor(async () => {
      const { body: view } = await supertest(server)
        .get(body.url as string)
        .expect(200);
      return auditSchema.parse(view).status !== 'running' && (view as AuditView);
    }, 60_000);
  }

  test('after a normal run: clean, with the sums of the ledger', async () => {
    const view = await audit();
    expect(view).toMatchObject({ status: 'done', failing: null, progress: { percent: 100, partitions: 4, judged: 4 } });
    expect(view.result).toMatchObject({
      verdict: 'clean',
      counts: {
        documents: GOOD,
        letters: BAD.length,
        filtered: 1,
        missing: 0,
        doubled: 0,
        foreign: 0,
        unverifiable: 0,
        void: 0,
      },
    });
    for (const { sums, source } of view.result!.partitions) {
      expect(source).toBe('workflow');
      expect(sums!.documents.found).toBe(sums!.documents.booked);
      expect(sums!.holes.found).toBe(sums!.holes.booked);
    }
  }, 90_000);

  test('an audit that nobody started is 404', async () => {
    const { body } = await supertest(server).get('/pipeline/audits/nobody').expect(404);
    expect(body.code).toBe('audit_not_found');
  });

  test('every kind of difference is named exactly, and nothing else is', async () => {
    const { elasticsearch, topic } = pipeline;
    const documents = await pipeline.allDocuments();
    const of = (partition: number) => documents.filter(({ id }) => parseDocumentId(id)!.partition === partition);
    const at = (partition: number, position: number) => {
      const { id, source } = of(partition)[position]!;
      return { id, source, offset: parseDocumentId(id)!.offset };
    };
    const gone = [at(0, 10), at(0, 11), at(1, 0)];
    const copied = at(2, 20);
    const moved = at(3, 30);
    const end = (await pipeline.partitionState(3)).ledger.next;
    const behind = documentId({ generation: 1, partition: 3, offset: Number(end) + 5 });
    for (const { id } of gone) await elasticsearch.delete({ index, id });
    await elasticsearch.index({ index: `${topic}-old`, id: copied.id, document: copied.source });
    await elasticsearch.update({ index, id: moved.id, doc: { kafka: { offset: at(3, 40).offset } } });
    await elasticsearch.index({ index, id: 'stranger', document: { kafka: { partition: 0, offset: 12 } } });
    await elasticsearch.index({ index, id: 'homeless', document: { message: 'no place' } });
    const place = { partition: 3, offset: Number(end) + 5 };
    await elasticsearch.index({ index, id: behind, document: { kafka: place } });

    const { result } = await audit();
    expect(result).toMatchObject({ verdict: 'differences', counts: { missing: 4, doubled: 1, foreign: 4 } });
    expect(result!.names.missing).toEqual([
      ...(gone[1]!.offset === gone[0]!.offset + 1
        ? [range(0, gone[0]!.offset, gone[1]!.offset + 1)]
        : gone.slice(0, 2).map(({ offset }) => range(0, offset, offset + 1))),
      range(1, gone[2]!.offset, gone[2]!.offset + 1),
      range(3, moved.offset, moved.offset + 1),
    ]);
    expect(result!.names.doubled).toEqual([range(2, copied.offset, copied.offset + 1)]);
    expect(result!.names.foreign).toEqual([
      { index, id: 'stranger', reason: 'id' },
      { index, id: moved.id, reason: 'id' },
      { index, id: behind, reason: 'beyond_end' },
      { index, id: 'homeless', reason: 'no_place' },
    ]);
    expect(result!.partitions.map(({ verdict }) => verdict)).toEqual(Array(4).fill('differences'));
  }, 90_000);

  test('a part of the topic is judged alone', async () => {
    const { result } = await audit({ partitions: [1], from: '1', to: '50' });
    expect(result).toMatchObject({ verdict: 'clean', counts: { documents: 49 } });
    expect(result!.partitions).toMatchObject([{ ...range(1, 1, 50), sums: null }]);
  }, 90_000);

  test('a killed worker: the audit goes on with another one', async () => {
    for (const worker of pipeline.runningWorkers()) await pipeline.killWorker(worker);
    const { body } = await supertest(server).post('/pipeline/audit').send({}).expect(202);
    const waiting = await supertest(server)
      .get(body.url as string)
      .expect(200);
    expect(auditSchema.parse(waiting.body)).toMatchObject({ status: 'running', progress: { percent: null } });
    pipeline.startWorker();
    const view = await waitFor(async () => {
      const { body: now } = await supertest(server).get(body.url as string);
      return (now as AuditView).status === 'done' && (now as AuditView);
    }, 60_000);
    expect(view.result!.counts).toMatchObject({ missing: 4, doubled: 1, foreign: 4 });
  }, 90_000);
});
