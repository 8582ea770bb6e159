import type { Limits } from '../../../src/api/access/limits';
import type { AppDeps } from '../../../src/api/ports';
import { Problem } from '../../../src/api/problem';
import { PipelineError, type PipelineErrorCode } from '../../../src/domain/errors';
import type { StoredKey } from '../../../src/keys/key';
import type { KeyRing } from '../../../src/keys/key-ring';
import { EXPORT_ID } from '../../support/stored-export';
import { createMemoryTailSource } from '../memory-tail-source';
import { createMemoryLogSearch } from '../memory-log-search';
import { brokenOffsets, documents, fakeWorkflows, testSettings } from '../fakes';
import type { Place } from './document';
import { KNOWN, stock, UNKNOWN } from './stocked-app';

/** A request, and an API in the state in which it is answered as documented. */
export interface Provocation {
  deps: Partial<AppDeps>;
  address: string;
  body?: string;
  headers: Record<string, string>;
  /** Whether every query that is read makes the code behind it fail, as a mistake of ours would. */
  broken?: boolean;
}

type Stock = Awaited<ReturnType<typeof stock>>;
type Change = (request: Provocation, stocked: Stock, place: Place) => unknown;

const refuse = (code: string) => fakeWorkflowsThat({ kind: 'refused', code, message: 'no' });
const away = async () => ({ execution: 'unreachable' as const });
const unreachable = { ...fakeWorkflows({}), supervisor: away, partition: away };

function fakeWorkflowsThat(delivery: Awaited<ReturnType<AppDeps['workflows']['send']>>): AppDeps['workflows'] {
  return { ...fakeWorkflows({}), send: async () => delivery };
}

const fullTail = {
  source: createMemoryTailSource(),
  settings: { maxTails: 0, bufferBytes: 1, maxBehind: 1, maxMs: 1 },
};

/** Takes one key, of the least scope. */
const least = { id: 'least', name: 'least', scope: 'monitor' } as StoredKey;
const keyRing: KeyRing = {
  find: async (presented) => (presented === 'least' ? { state: 'valid', key: least } : { state: 'unknown' }),
  holds: async () => false,
};

/** Nobody has a share any more. */
const spent: Limits = {
  of: () => () => {
    throw new Problem('rate_limited', 'too many');
  },
  refused: () => undefined,
};

/** What leads to an error answer, whatever the route. */
const PROBLEMS: Readonly<Record<string, Change>> = {
  invalid_parameter: (request) => (request.address += '?colour=red'),
  uri_too_long: (request) => (request.address += `?colour=${'d'.repeat(9000)}`),
  invalid_body: (request) => (request.body = '{'),
  body_too_large: (request) => (request.body = JSON.stringify({ reason: 'x'.repeat(4_000_000) })),
  unsupported_media_type: (request) => (request.headers['Content-Type'] = 'text/plain'),
  internal_error: (request) => (request.broken = true),
  // Nothing with braces takes so long a name.
  not_found: (request, _, { path }) => (request.address = path.replace(/\{\w+\}/, '!'.repeat(1025))),
  elasticsearch_unavailable: (request) => failElasticsearch(request, 'elasticsearch_unavailable'),
  elasticsearch_throttled: (request) => failElasticsearch(request, 'elasticsearch_throttled'),
  elasticsearch_denied: (request) => failElasticsearch(request, 'elasticsearch_denied'),
  temporal_unavailable: (request, _, { operation }) => {
    const { deps } = request;
    if (operation.operationId === 'postPipelineDeadLettersRedrive') request.body = '{"all":true}';
    const error = new PipelineError('temporal_unavailable', 'temporal does not answer');
    deps.workflows = failing(unreachable, error);
    deps.audits = failing(deps.audits!, error);
    deps.retention = { ...deps.retention!, runs: failing(deps.retention!.runs, error) };
    deps.replays = { ...deps.replays!, workflows: failing(deps.replays!.workflows, error) };
    deps.longExports = { ...deps.longExports!, workflows: failing(deps.longExports!.workflows, error) };
    deps.deadLetters = { ...deps.deadLetters!, workflows: failing(deps.deadLetters!.workflows, error) };
  },
  pipeline_unavailable: ({ deps }) => Object.assign(deps, { workflows: unreachable, offsets: brokenOffsets }),
  key_missing: ({ deps }) => (deps.keys = keyRing),
  key_refused: (request) => present(request, 'nobody'),
  scope_missing: (request) => present(request, 'least'),
  foreign_origin: (request) => (request.headers['Origin'] = 'https://elsewhere.example'),
  unknown_host: (request) => (request.headers['Host'] = 'elsewhere.example'),
  rate_limited: ({ deps }) => (deps.limits = spent),
  too_many_exports: ({ deps }) => {
    deps.settings = { ...testSettings, exports: { ...testSettings.exports, concurrency: 0 } };
    deps.longExports = { ...deps.longExports!, maxOpen: 0 };
  },
  cursor_expired: (request) => {
    request.address += '?cursor=*';
    const gone = async () => 'expired' as const;
    request.deps.logs = { ...createMemoryLogSearch(documents), search: gone, anomalies: gone };
  },
  too_many_tails: ({ deps }) => (deps.tail = fullTail),
  dead_letter_not_open: (request) => (request.address = request.address.replace('0000000000/', '0000000001/')),
  workflow_not_found: ({ deps }) => (deps.workflows = fakeWorkflowsThat({ kind: 'missing' })),
  partition_not_found: ({ deps }) => (deps.workflows = refuse('unknown_partition')),
  partition_not_halted: ({ deps }) => (deps.workflows = refuse('not_halted')),
  export_folder_unusable: (request) => failShelf(request, 'export_folder_unusable'),
  export_disk_full: (request) => failShelf(request, 'export_disk_full', 'read'),
  export_over: (_, { exports }, { path }) => endExport(exports, path),
  export_not_done: () => undefined,
  range_not_satisfiable: async (request, { exports }) => {
    await exports.finish(EXPORT_ID);
    request.headers['Range'] = 'bytes=999999999-';
  },
  replay_over: (_, { replays }) => (replays.says.delivery = { kind: 'missing' }),
};

/** What leads to an answer that is no problem, where the example of the documentation does not. */
const ANSWERS: Readonly<Record<string, Change>> = {
  'getHealth 503': ({ deps }) =>
    (deps.health = { kafka: { address: '127.0.0.1:1', check: () => Promise.reject(new Error('away')) } }),
  'getLogsExportsIdFile 200 application/x-ndjson': (_, { exports }) => exports.finish(EXPORT_ID),
  'getLogsExportsIdFile 200 text/csv': (request, { exports }) => finishAsCsv(request, exports),
  'getLogsExportsIdFile 206 application/x-ndjson': async (request, { exports }) => {
    await exports.finish(EXPORT_ID);
    request.headers['Range'] = 'bytes=0-9';
  },
  'getLogsExportsIdFile 206 text/csv': async (request, { exports }) => {
    await finishAsCsv(request, exports);
    request.headers['Range'] = 'bytes=0-9';
  },
  'getLogsExport 200 text/csv': (request) => (request.address += '?format=csv'),
  'postPipelineDeadLettersRedrive 202': (request) => (request.body = '{"all":true}'),
  'postPipelineDeadLettersIdRedrive 200': (request) => (request.body = '{"dry_run":true}'),
};

/** A message that nobody has confirmed yet. */
const LEFT: Change = ({ deps }, { replays, exports }) => {
  exports.says.delivery = { kind: 'left' };
  deps.workflows = fakeWorkflowsThat({ kind: 'left' });
  replays.says.delivery = { kind: 'left' };
};

/**
 * @param what a problem's code, or the status of an answer that is none
 * @param type media type of the answer that is wanted
 * @returns undefined when nobody has said here how it comes about
 */
export async function provoke(place: Place, what: string, type = ''): Promise<Provocation | undefined> {
  const { operation, path, method } = place;
  const stocked = await stock();
  const example = operation.requestBody?.content['application/json']?.example;
  const request: Provocation = { deps: stocked.deps, address: fill(path, KNOWN), headers: {} };
  if (method !== 'get')
    Object.assign(request, { body: JSON.stringify(example ?? {}), headers: { 'Content-Type': 'application/json' } });
  const missing = /_not_found$/.test(what) && !Object.hasOwn(PROBLEMS, what);
  const message = method === 'post' && what === '202' && /messages|pause|resume|cancel|drain|stop|accept|rebind/;
  if (missing) request.address = fill(path, UNKNOWN);
  const change =
    ANSWERS[`${operation.operationId} ${what} ${type}`] ??
    ANSWERS[`${operation.operationId} ${what}`] ??
    PROBLEMS[what] ??
    (message && message.test(path) ? LEFT : undefined);
  await change?.(request, stocked, place);
  return change || missing || /^2/.test(what) ? request : undefined;
}

function fill(path: string, names: Readonly<Record<string, string>>): string {
  const [template = path] = /^.*\{\w+\}/.exec(path) ?? [];
  return path.replace(/\{\w+\}/, names[template] ?? '');
}

function present({ deps, headers }: Provocation, key: string): void {
  deps.keys = keyRing;
  headers['Authorization'] = `Bearer ${key}`;
}

/** The same port, all of whose calls but one fail. */
function failing<P extends object>(port: P, error: Error, but?: keyof P): P {
  const fail = () => Promise.reject(error);
  return new Proxy(port, {
    get: (target, name) =>
      name !== but && typeof Reflect.get(target, name) === 'function' ? fail : Reflect.get(target, name),
  });
}

/** The folder, all of whose calls but one fail; no workflow is there to take a message. */
function failShelf({ deps }: Provocation, code: PipelineErrorCode, but?: 'read'): void {
  const error = new PipelineError(code, 'the folder is away');
  const workflows = { ...deps.longExports!.workflows, send: async () => ({ kind: 'missing' as const }) };
  deps.longExports = { ...deps.longExports!, workflows, shelf: failing(deps.longExports!.shelf, error, but) };
}

/** No message finds an export that has ended; a resume would find one that was cancelled. */
async function endExport({ exports, says }: Stock['exports'], path: string): Promise<void> {
  says.delivery = { kind: 'missing' };
  await exports.folder.update(EXPORT_ID, { status: path.endsWith('resume') ? 'cancelled' : 'done' });
}

async function finishAsCsv({ deps }: Provocation, exports: Stock['exports']): Promise<void> {
  await exports.finish(EXPORT_ID);
  const { shelf } = deps.longExports!;
  const read = async (id: string) => {
    const stored = (await shelf.read(id))!;
    return { ...stored, order: { ...stored.order, format: 'csv' as const } };
  };
  deps.longExports = { ...deps.longExports!, shelf: { ...shelf, read } };
}

function failElasticsearch({ deps }: Provocation, code: PipelineErrorCode): void {
  const error = new PipelineError(code, 'elasticsearch does not answer');
  const scan = () => ({ next: () => Promise.reject(error), close: () => undefined });
  deps.logs = { ...failing(createMemoryLogSearch([]), error), scan };
  const { search, letters, orders } = deps.deadLetters!;
  deps.deadLetters = {
    ...deps.deadLetters!,
    ...{ search: failing(search, error), letters: failing(letters, error), orders: failing(orders, error) },
  };
  deps.replays = { ...deps.replays!, store: failing(deps.replays!.store, error, 'idOf') };
  deps.epochs = { list: () => Promise.reject(error) };
}
