/** The parts of the API's answers that the commands show. Fields may be missing: an older or newer API still works. */
export interface PipelineAnswer {
  topic?: string;
  state?: string;
  source?: string;
  note?: string | null;
  partitions?: {
    partition?: number;
    state?: string;
    next_offset?: string | null;
    end_offset?: string | null;
    lag?: number | null;
    counts?: Record<string, number> | null;
    last_error?: { code?: string; message?: string } | null;
  }[];
  totals?: Partial<Record<string, number | null>>;
}

export interface StatsAnswer {
  total?: { value?: number };
  anomalies?: number;
  errors?: number;
  error_rate?: number;
  by_service?: { service?: string; count?: number }[];
  by_level?: Record<string, number>;
  by_severity?: Record<string, number>;
  response_time_ms?: Record<string, number | null>;
}

export interface HealthAnswer {
  status?: string;
  version?: string;
  dependencies?: Record<string, { status?: string; latency_ms?: number; message?: string }>;
}

export interface FoundLog {
  request_id?: string;
  service?: string;
  '@timestamp'?: string;
}

export interface ApiClient {
  address: string;
  health(): Promise<HealthAnswer>;
  pipeline(): Promise<PipelineAnswer>;
  stats(from: string): Promise<StatsAnswer>;
  search(query: Record<string, string>): Promise<FoundLog[]>;
}

const TIMEOUT_MS = 10_000;

/**
 * Asks the API of the stack.
 *
 * Every function throws when it cannot be reached or answers with an error, `health` only when it cannot be reached.
 */
export function createApiClient(port: number): ApiClient {
  const address = `http://127.0.0.1:${port}`;
  const get = async <T>(path: string, acceptErrors = false): Promise<T> => {
    const response = await fetch(`${address}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const answer = (await response.json()) as T & { detail?: string };
    if (!response.ok && !acceptErrors) {
      throw new Error(`GET ${path} was answered with ${response.status}: ${answer.detail ?? 'no reason given'}`);
    }
    return answer;
  };
  return {
    address,
    health: () => get<HealthAnswer>('/health', true),
    pipeline: () => get<PipelineAnswer>('/pipeline'),
    stats: (from) => get<StatsAnswer>(`/logs/stats?${new URLSearchParams({ from }).toString()}`),
    search: async (query) => {
      const answer = await get<{ logs?: FoundLog[] }>(`/logs?${new URLSearchParams(query).toString()}`);
      return answer.logs ?? [];
    },
  };
}
