import { generateLogs, type LogStreamOptions } from '../../src/generator/log-stream';
import { parseScenarios } from '../../src/generator/scenarios';

export interface ReadLog {
  /** The bytes as produced. */
  line: string;
  key: string;
  /** Milliseconds after the first log. */
  atMs: number;
  timestamp: string;
  service: string;
  level: string;
  message: string;
  request_id: string;
  status_code: number;
  user_id: string;
  path: string;
  method: string;
  response_time_ms: number;
  error_code?: string;
  tags: string[];
}

export const START = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** Options with defaults that a test need not care about. */
export function options(
  changed: Partial<Omit<LogStreamOptions, 'plan'>> & { scenarios?: string } = {},
): LogStreamOptions {
  const { scenarios = 'none', ...rest } = changed;
  return { seed: 1, startTime: START, rate: 100, plan: parseScenarios(scenarios), ...rest };
}

/** Generates and parses logs. */
export function readLogs(count: number, changed: Parameters<typeof options>[0] = {}): ReadLog[] {
  return Array.from(generateLogs({ ...options(changed), count }), ({ key, value, timestamp }) => ({
    line: value,
    key,
    atMs: timestamp - (changed.startTime ?? START),
    ...(JSON.parse(value) as Omit<ReadLog, 'line' | 'key' | 'atMs'>),
  }));
}

export function median(values: number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
