import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { createBatchTracer } from '../../src/tracing/batch-tracer';
import { EPOCH, MemoryWorker } from '../support/activity-run';
import { kafkaRecord, PLAIN_LOG } from '../support/records';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const CANARY = 'canary-41c';

function tracedWorker({ sampled = true } = {}) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(sampled ? {} : { sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }) }),
  });
  const subject = { groupId: 'sluice', clientId: 'worker-1', elasticsearchUrl: 'http://127.0.0.1:9200' };
  const worker = new MemoryWorker({ tracer: createBatchTracer(provider.getTracer('test'), subject) });
  return { worker, spans: () => exporter.getFinishedSpans() };
}

const pull = {
  ...{ topic: 'logs', generation: 1, partition: 0, from: '0', epoch: EPOCH, waitMs: 0 },
  limits: { maxRecords: 10, maxBytes: 1_000_000, lingerMs: 0 },
};

function named(spans: ReadableSpan[], name: RegExp): ReadableSpan {
  const found = spans.filter((span) => name.test(span.name));
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('the trace of a batch', () => {
  it('goes from the records in Kafka to each bulk request, and holds nothing of a log', async () => {
    const { worker, spans } = tracedWorker();
    const headers = { traceparent: Buffer.from(`00-${TRACE}-${SPAN}-01`) };
    worker.source.append(0, { ...kafkaRecord({ ...PLAIN_LOG, message: CANARY }), headers }, kafkaRecord(PLAIN_LOG));
    const { ref } = await worker.run('pullBatch', [pull]);
    // As it comes back from Temporal, perhaps to another worker.
    const step = { ref: structuredClone(ref!), epoch: EPOCH };
    await worker.run('scoreBatch', [step]);
    await worker.run('indexBatch', [step]);
    const all = spans();
    const [poll, score, index, bulk] = [/^poll logs$/, /^score logs$/, /^index logs$/, /^bulk logs-/].map((name) =>
      named(all, name),
    ) as [ReadableSpan, ReadableSpan, ReadableSpan, ReadableSpan];
    expect(all).toHaveLength(4);
    expect(new Set(all.map((span) => span.spanContext().traceId)).size).toBe(1);
    expect(poll.parentSpanContext).toBeUndefined();
    expect(poll.links.map(({ context }) => [context.traceId, context.spanId])).toEqual([[TRACE, SPAN]]);
    for (const below of [score, index]) expect(below.parentSpanContext?.spanId).toBe(poll.spanContext().spanId);
    expect(bulk.parentSpanContext?.spanId).toBe(index.spanContext().spanId);
    expect([poll, score, index, bulk].map(({ kind }) => kind)).toEqual([
      SpanKind.CLIENT,
      SpanKind.CONSUMER,
      SpanKind.CONSUMER,
      SpanKind.CLIENT,
    ]);
    expect(poll.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.operation.name': 'poll',
      'messaging.operation.type': 'receive',
      'messaging.destination.name': 'logs',
      'messaging.destination.partition.id': '0',
      'messaging.batch.message_count': 2,
      'messaging.consumer.group.name': 'sluice',
      'sluice.batch.from': '0',
      'sluice.batch.to': '2',
    });
    expect(bulk.attributes).toMatchObject({
      'db.system.name': 'elasticsearch',
      'db.operation.name': 'bulk',
      'db.operation.batch.size': 2,
      'server.address': '127.0.0.1',
      'server.port': 9200,
    });
    expect(
      JSON.stringify(all.map(({ name, attributes, links, events }) => ({ name, attributes, links, events }))),
    ).not.toContain(CANARY);
  });

  it('shows a request that failed and the step with it, by code', async () => {
    const { worker, spans } = tracedWorker();
    worker.source.append(0, kafkaRecord(PLAIN_LOG));
    const { ref } = await worker.run('pullBatch', [pull]);
    worker.index.treat = () => ({ unsettled: { code: 'elasticsearch_throttled', type: 'x', status: 429 } });
    await expect(worker.run('indexBatch', [{ ref: ref!, epoch: EPOCH }])).rejects.toMatchObject({
      type: 'elasticsearch_throttled',
    });
    for (const name of [/^bulk /, /^index /]) {
      const { status, attributes } = named(spans(), name);
      expect(status.code).toBe(SpanStatusCode.ERROR);
      expect(attributes['error.type']).toBe('elasticsearch_throttled');
    }
  });

  it('that is not sampled has no span in any step', async () => {
    const { worker, spans } = tracedWorker({ sampled: false });
    worker.source.append(0, kafkaRecord(PLAIN_LOG));
    const { ref } = await worker.run('pullBatch', [pull]);
    expect(ref!.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    await worker.run('indexBatch', [{ ref: ref!, epoch: EPOCH }]);
    expect(spans()).toEqual([]);
  });

  it('of one that no pull brought begins with the step, and is as without traces for the workflow', async () => {
    const { worker, spans } = tracedWorker();
    worker.source.append(0, kafkaRecord(PLAIN_LOG));
    const { ref } = await worker.run('pullBatch', [pull]);
    delete ref!.traceparent;
    await worker.run('indexBatch', [{ ref: ref!, epoch: EPOCH }]);
    expect(named(spans(), /^index /).parentSpanContext).toBeUndefined();
    const plain = new MemoryWorker();
    plain.source.append(0, kafkaRecord(PLAIN_LOG));
    expect(Object.keys((await plain.run('pullBatch', [pull])).ref!)).toEqual(Object.keys(ref!));
  });
});
