import type { PipelineError } from '../../../src/domain/errors';
import { GeneratorTopic } from '../../support/generator-topic';
import { numbers } from '../../support/kafka-topic';
import { killServer, startServer } from '../../support/servers';
import { closeReaders, LIMITS, never, openReader, pullTo, values } from '../../support/topic-reader';
import { waitFor } from '../../support/wait-for';

const codeOf = (error: unknown) => (error as PipelineError).code;

describe('Kafka dies and comes back', () => {
  afterEach(closeReaders, 60_000);

  test('a reader goes on after kill -9 and a restart in the middle of reading: every record once, in order', async () => {
    const { topic, reader } = await openReader(1, {}, 64 * 1024);
    const value = (number: string) => number.padStart(2000, '0');
    await topic.write(numbers(0, 400).map((number) => ({ value: value(number) })));
    const limits = { ...LIMITS, maxRecords: 50 };
    const seen = await pullTo(reader, 0, 100, limits);
    await killServer('kafka');
    const down = await reader.pull(0, 399, { ...limits, waitMs: 1000 }, never).catch(codeOf);
    expect(typeof down === 'string' ? down : down.records.length).toBe('kafka_unavailable');
    await startServer('kafka');
    for (let next = 100; next < 400;) {
      const taken = await reader.pull(0, next, limits, never).catch(() => undefined);
      if (!taken) continue;
      seen.push(...values(taken));
      next = taken.to;
    }
    expect(seen).toEqual(numbers(0, 400).map(value));
  }, 120_000);

  test('the generator outlives a broker that is killed with -9, and still every log is there once', async () => {
    const topic = await new GeneratorTopic().open();
    await topic.create(4);
    const generator = topic.start({ GENERATOR_RATE: '2000' });
    await waitFor(async () => (await topic.count()) > 4000);
    await killServer('kafka');
    await waitFor(async () => generator.lines.some(({ msg }) => msg === 'kafka does not take logs, waiting'));
    await startServer('kafka');
    await waitFor(async () => generator.lines.some(({ msg }) => msg === 'kafka takes logs again'), 60_000);
    const before = await topic.count();
    await waitFor(async () => (await topic.count()) > before + 4000, 60_000);
    const { code, acknowledged } = await generator.stop();
    const { values: produced } = await topic.read();
    expect([code, generator.errors()]).toEqual([0, '']);
    expect(produced).toHaveLength(acknowledged!);
    expect(new Set(produced).size).toBe(acknowledged);
    await topic.close();
  }, 240_000);
});
