import { generatedMessages } from '../support/log-records';
import { untilRunning } from '../support/life-cycle';
import { TestPipeline } from '../support/pipeline';
import { TraceCollector, type ReceivedSpan } from '../support/trace-collector';
import { waitFor } from '../support/wait-for';

const PARTITIONS = 4;
const ROUNDS = 6;
const RECORDS = 800;
/** Batches of a partition that are in flight at the same time, and the one being pulled. */
const IN_HAND = 3;

/** Which batch a span is about. */
function batchOf({ attributes }: ReceivedSpan): string {
  return ['messaging.destination.partition.id', 'sluice.batch.from', 'sluice.batch.to']
    .map((name) => attributes[name])
    .join(' ');
}

/** The worker that made a span: its name has the process's number. */
function instanceOf({ resource }: ReceivedSpan): string {
  return String(resource['service.instance.id']);
}

/** Two workers share a backlog, and the one that is at work is killed in the middle of it. */
describe('traces of two workers, one of which is killed', () => {
  const pipeline = new TestPipeline({ BATCH_MAX_RECORDS: '100', BATCH_LINGER_MS: '50' });
  const collector = new TraceCollector();
  let spans: ReceivedSpan[];

  beforeAll(async () => {
    const tracing = await collector.start();
    const workers = [pipeline.startWorker(tracing), pipeline.startWorker(tracing)];
    await Promise.all(workers.map((worker) => untilRunning(worker)));
    for (let round = 1; round <= ROUNDS; round += 1) {
      await pipeline.produce(generatedMessages(RECORDS, round));
      if (round !== ROUNDS / 2) continue;
      const busy = await waitFor(async () => collector.spans.find(({ name }) => name.startsWith('index ')));
      await pipeline.killWorker(workers.find(({ pid }) => instanceOf(busy).includes(`-${pid}-`))!);
    }
    await pipeline.settled(ROUNDS * RECORDS, PARTITIONS, 120_000);
    // Ends the one that is left in good order: it sends what it has.
    const left = pipeline.runningWorkers();
    for (const worker of left) worker.kill('SIGTERM');
    await waitFor(async () => pipeline.runningWorkers().length === 0, 40_000);
    spans = collector.spans;
  }, 300_000);
  afterAll(async () => {
    collector.close();
    await pipeline.close();
  }, 60_000);

  const traces = () => {
    const byId = new Map<string, ReceivedSpan[]>();
    for (const span of spans) byId.set(span.traceId, [...(byId.get(span.traceId) ?? []), span]);
    return byId;
  };
  const polls = () => spans.filter(({ name }) => name.startsWith('poll '));

  test('both have sent spans, and each trace is about one batch', () => {
    expect(new Set(spans.map(instanceOf)).size).toBe(2);
    for (const trace of traces().values()) expect(new Set(trace.map(batchOf)).size).toBe(1);
  });

  test('each batch that was pulled is a trace of its own: one root, and everything of it below that', () => {
    expect(polls().every(({ parentSpanId }) => !parentSpanId)).toBe(true);
    expect(new Set(polls().map(({ traceId }) => traceId)).size).toBe(polls().length);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const whole = [...traces().values()].filter((trace) => trace.some(({ name }) => name.startsWith('poll ')));
    for (const trace of whole) {
      for (const { name, parentSpanId } of trace)
        expect([name, name.startsWith('poll ') || ids.has(parentSpanId!)]).toEqual([name, true]);
    }
  });

  test('what the killed worker had not sent is missing, of the batches in its hands and no others', () => {
    const broken = [...traces().values()].filter((trace) => !trace.some(({ name }) => name.startsWith('poll ')));
    // Spans are sent every 200 ms: those of the last moments are missing.
    expect(broken.length).toBeLessThanOrEqual(PARTITIONS * IN_HAND);
    const indexed = new Set(spans.filter(({ name }) => name.startsWith('index ')).map(batchOf));
    expect(indexed.size).toBeGreaterThanOrEqual((ROUNDS * RECORDS) / 100 / 2);
    // A few spans a batch, whatever happens to it.
    for (const trace of traces().values()) expect(trace.length).toBeLessThanOrEqual(12);
  });
});
