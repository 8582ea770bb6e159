import { path, secret, SECOND, setting, whole } from './setting';

/** The settings of queries and exports, part of those of the API. */
export const querySettings = {
  cursorSecret: setting(
    'API_CURSOR_SECRET',
    secret.refine((key) => key === undefined || key.length >= 16, 'at least 16 characters'),
    'Signs the cursors of pages; the same for every API process. By default each start makes one of its own.',
  ),
  cursorSecretFile: setting(
    'API_CURSOR_SECRET_FILE',
    path,
    'File with that secret instead, made when it is not there. Of several lines the first signs and all are taken.',
  ),
  queryTimeoutMs: setting('API_QUERY_TIMEOUT_MS', whole(100, 120 * SECOND).default(10 * SECOND), 'Limit of one query.'),
  exportLimit: setting(
    'API_EXPORT_LIMIT',
    whole(1, 2 ** 40).default(100_000),
    'Logs of an export that does not say how many.',
  ),
  exportMaxLimit: setting(
    'API_EXPORT_MAX_LIMIT',
    whole(1, 2 ** 40).default(10_000_000),
    'Most logs that an export may ask for.',
  ),
  exportConcurrency: setting(
    'API_EXPORT_CONCURRENCY',
    whole(0, 1000).default(4),
    'Exports that an API process writes at a time; 0 refuses all.',
  ),
};

/** What contradicts itself: one line each. */
export function queryProblems(settings: { cursorSecret?: unknown; cursorSecretFile?: unknown }): string[] {
  const { cursorSecret, cursorSecretFile } = settings;
  const both = cursorSecret !== undefined && cursorSecretFile !== undefined;
  return both ? ['API_CURSOR_SECRET and API_CURSOR_SECRET_FILE: set one of them'] : [];
}
