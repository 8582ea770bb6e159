import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { documentId, parseDocumentId } from '../../src/domain/ids';
import { parseCommitMetadata } from '../../src/activities/restore-progress';
import { imbalance } from '../../src/domain/ledger';
import { createOffsetReader } from '../../src/kafka/offsets';
import { partitionWorkflowId, supervisorWorkflowId } from '../../src/workflows/contract';
import { generatedMessages } from '../support/log-records';
import { TestPipeline } from '../support/pipeline';
import { waitFor } from '../support/wait-for';

const run = promisify(execFile);

/** The real `temporal` binary, as an operator would use it. */
async function temporal(...args: string[]): Promise<string> {
  const { stdout } = await run(process.env['SLUICE_TEMPORAL_CLI']!, [
    ...args,
    '--address',
    process.env['SLUICE_TEST_TEMPORAL_ADDRESS']!,
  ]);
  return stdout;
}

/** A part of a history with its payloads as text: JSON has them in base64. */
function readable(part: unknown): string {
  return JSON.stringify(part).replace(/"data":"([^"]*)"/g, (_all, base64: string) =>
    Buffer.from(base64, 'base64').toString(),
  );
}

describe('the pipeline on the real servers', () => {
  const pipeline = new TestPipeline();
  const GOOD = 3000;
  const messages = generatedMessages(GOOD);
  const poison = [
    { value: 'not json' },
    { value: '[1,2,3]' },
    { value: '{"service":"auth","level":"info"}' },
    { value: '' },
    { value: '{"service":"auth","level":"info","message":"x","timestamp":"yesterday"}' },
  ];

  beforeAll(async () => {
    pipeline.startWorker();
    const offsets = createOffsetReader(pipeline.kafka);
    await waitFor(() => offsets.partitions(pipeline.topic), 60_000);
    await offsets.close();
    await pipeline.produce([
      ...messages.slice(0, 2000),
      ...poison,
      { key: 'gone', value: null },
      ...messages.slice(2000),
    ]);
    await pipeline.settled(GOOD + poison.length + 1);
  }, 120_000);

  afterAll(() => pipeline.close(), 60_000);

  test('indexes every good record once, under the id of its place in Kafka', async () => {
    const documents = await pipeline.allDocuments();
    expect(documents).toHaveLength(GOOD);
    for (const { id, source } of documents) {
      const { partition, offset } = source['kafka'] as { partition: number; offset: number };
      expect(id).toBe(documentId({ generation: 1, partition, offset }));
    }
    const wanted = messages.map(({ value }) => JSON.parse(value) as { request_id: string; message: string });
    const key = (record: { request_id?: unknown; message?: unknown }) =>
      `${String(record.request_id)} ${String(record.message)}`;
    expect(documents.map(({ source }) => key(source)).sort()).toEqual(wanted.map(key).sort());
  });

  test('keeps every field of a record, and says when and how it scored', async () => {
    const { source } = (await pipeline.allDocuments())[0]!;
    const original = messages.map(({ value }) => JSON.parse(value) as Record<string, unknown>);
    const { timestamp, ...fields } = original.find(
      (one) => one['request_id'] === source['request_id'] && one['message'] === source['message'],
    )!;
    expect(source).toMatchObject({ ...fields, '@timestamp': timestamp, epoch: 1 });
    expect(source['anomaly']).toMatchObject({ score: expect.any(Number), severity: expect.any(String) });
    expect(source['record_hash']).toMatch(/^[0-9a-f]{16}$/);
  });

  test('gives every offset exactly one fate, tombstones and rejected records too', async () => {
    const ledger = await pipeline.ledger();
    expect(ledger).toMatchObject({
      indexed: GOOD,
      deadLettered: poison.length,
      filtered: 1,
      duplicate: 0,
      lostUpstream: 0,
    });
    for (const partition of [0, 1, 2, 3]) expect(imbalance((await pipeline.partitionState(partition)).ledger)).toBe(0);
  });

  test('writes rejected records to the dead-letter topic, whole and with their reason', async () => {
    const letters: { id: string; value: string; reason: string; field: string }[] = [];
    const consumer = pipeline.kafka.consumer({ groupId: `${pipeline.topic}-letters` });
    await consumer.connect();
    await consumer.subscribe({ topic: pipeline.deadLetterTopic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        const header = (name: string) => String(message.headers?.[name] ?? '');
        const value = String(message.value);
        letters.push({
          id: String(message.key),
          value,
          reason: header('sluice.reason'),
          field: header('sluice.field'),
        });
      },
    });
    await waitFor(async () => letters.length === poison.length);
    await consumer.disconnect();
    const byValue = Object.fromEntries(letters.map(({ value, reason, field }) => [value, `${reason} ${field}`.trim()]));
    expect(byValue).toEqual({
      'not json': 'invalid_json',
      '[1,2,3]': 'not_an_object',
      [poison[2]!.value]: 'missing_field message',
      '': 'empty_value',
      [poison[4]!.value]: 'invalid_field timestamp',
    });
    for (const { id } of letters) expect(parseDocumentId(id)).toBeDefined();
  }, 60_000);

  test('mirrors its progress to the consumer group, with the ledger beside it', async () => {
    const offsets = createOffsetReader(pipeline.kafka);
    try {
      const commits = await waitFor(async () => {
        const [ends, found] = await Promise.all([
          offsets.ends(pipeline.topic),
          offsets.committed(pipeline.topic, pipeline.topic),
        ]);
        return [...ends].every(([partition, { high }]) => found.get(partition)?.offset === String(high)) && found;
      });
      for (const [partition, { metadata }] of commits) {
        const kept = parseCommitMetadata(metadata)!;
        expect(kept.progress).toEqual(
          expect.objectContaining({ ledger: (await pipeline.partitionState(partition)).ledger }),
        );
      }
    } finally {
      await offsets.close();
    }
  }, 60_000);

  test('stops at `temporal workflow signal --name pause` and goes on at resume, with nothing lost in between', async () => {
    const before = await pipeline.countDocuments();
    await temporal('workflow', 'signal', '--workflow-id', supervisorWorkflowId(pipeline.topic), '--name', 'pause');
    await waitFor(async () => {
      const states = await Promise.all([0, 1, 2, 3].map((partition) => pipeline.partitionState(partition)));
      return states.every(({ status }) => status === 'paused');
    }, 15_000);
    await pipeline.produce(generatedMessages(500, 2));
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await pipeline.countDocuments()).toBe(before);

    await temporal('workflow', 'signal', '--workflow-id', supervisorWorkflowId(pipeline.topic), '--name', 'resume');
    await pipeline.settled(GOOD + poison.length + 1 + 500);
    expect(await pipeline.countDocuments()).toBe(before + 500);
  }, 90_000);

  test('survives the termination of a partition workflow: the supervisor starts it from the mirror, ledger included', async () => {
    const id = partitionWorkflowId(pipeline.topic, 2);
    const before = await pipeline.partitionState(2);
    await waitFor(async () => (await pipeline.partitionState(2)).committed === before.ledger.next);
    await temporal('workflow', 'terminate', '--workflow-id', id, '--reason', 'test');
    await pipeline.produce(generatedMessages(500, 3));
    await pipeline.settled(GOOD + poison.length + 1 + 1000);
    const after = await pipeline.partitionState(2);
    expect(after.ledger.first).toBe(before.ledger.first);
    expect(imbalance(after.ledger)).toBe(0);
    expect(await pipeline.countDocuments()).toBe(GOOD + 1000);
  }, 90_000);

  test('leaves no log text and no payload over 16 KiB in any history', async () => {
    for (const partition of [0, 1, 2, 3]) {
      const handle = pipeline.temporal.workflow.getHandle(partitionWorkflowId(pipeline.topic, partition));
      const history = await handle.fetchHistory();
      const text = readable(history.events);
      // The payloads were really looked into.
      expect(text.includes('"indexed":')).toBe(true);
      const found = ['usr-', 'env:prod', 'not json', 'yesterday'].filter((canary) => text.includes(canary));
      expect(found).toEqual([]);
      for (const event of history.events ?? []) expect(readable(event).length).toBeLessThan(16_384);
    }
  }, 30_000);
});
