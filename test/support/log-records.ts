import { generateLogs } from '../../src/generator/log-stream';
import { parseScenarios } from '../../src/generator/scenarios';

/** Logs of the generator as Kafka messages, with a field of their own to tell them apart by. */
export function generatedMessages(count: number, seed = 1): { key: string; value: string }[] {
  const options = { seed, startTime: Date.UTC(2026, 10, 24), rate: 1000, plan: parseScenarios('demo'), count };
  return [...generateLogs(options)].map(({ key, value }) => ({ key: String(key), value: String(value) }));
}
