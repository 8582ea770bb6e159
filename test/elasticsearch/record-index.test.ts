import fc from 'fast-check';
import type { BulkPart } from '../../src/activities/ports';
import { PipelineError } from '../../src/domain/errors';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { recordHashOf } from '../../src/elasticsearch/bulk-request';
import { createRecordIndex } from '../../src/elasticsearch/record-index';
import { buildParts, BULK_SETTINGS } from '../support/bulk';
import { FakeElasticsearch, type Answer } from '../support/fake-elasticsearch';
import { batchRef, kafkaRecord, PLAIN_LOG } from '../support/records';

const never = new AbortController().signal;
const CONFLICT = { status: 409, error: { type: 'version_conflict_engine_exception' } };

describe('record index', () => {
  const server = new FakeElasticsearch();
  const ref = batchRef(0, 3);
  const part = (count = 3): BulkPart => {
    const records = Array.from({ length: count }, (_, offset) =>
      kafkaRecord({ ...PLAIN_LOG, message: `canary-${offset}` }, { offset }),
    );
    return buildParts(ref, 5, records)[0]!;
  };
  beforeAll(() => server.open());
  afterAll(() => server.close());
  beforeEach(() => void server.seen.splice(0));

  const write = (items: unknown[], mget?: Answer, only?: number[], bulk = part()) => {
    server.answer = ({ path }) =>
      path.includes('_mget') ? (mget ?? 'drop') : { body: { items: items.map((item) => ({ index: item })) } };
    return createRecordIndex(server.client, BULK_SETTINGS).write(bulk, ref, 5, only, never);
  };
  const failure = async (call: Promise<unknown>): Promise<PipelineError> => {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(PipelineError);
    return error as PipelineError;
  };
  /** Stored documents as mget gives them, by their hash; undefined is a document that is not there. */
  const stored = (...docs: ({ hash: string; version?: number } | undefined)[]): Answer => ({
    body: {
      docs: docs.map((doc, i) =>
        doc
          ? { _id: String(i), found: true, _version: doc.version ?? 5, _source: { record_hash: doc.hash } }
          : { _id: String(i), found: false },
      ),
    },
  });

  test('all written: all indexed, in one request to the day’s index with the body as it is', async () => {
    const outcome = await write([{ status: 201 }, { status: 201 }, { status: 200 }]);
    expect(outcome).toEqual({ indexed: [0, 1, 2], duplicate: [], rejected: [], unsettled: [] });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({ method: 'POST', body: part().body.toString() });
    expect(server.seen[0]!.path).toMatch(/^\/logs-2026\.11\.24\/_bulk\?/);
  });

  test('only some items: their lines alone are sent, and the outcome names their positions', async () => {
    const outcome = await write([{ status: 201 }, { status: 201 }], undefined, [0, 2]);
    expect(outcome.indexed).toEqual([0, 2]);
    expect(server.seen[0]!.body).toContain('canary-2');
    expect(server.seen[0]!.body).not.toContain('canary-1');
  });

  test('no items: nothing is sent', async () => {
    expect(await write([], undefined, [])).toEqual({ indexed: [], duplicate: [], rejected: [], unsettled: [] });
    expect(server.seen).toEqual([]);
  });

  test('mixed: each item has its own outcome, and the failure is the one that waits for somebody', async () => {
    const outcome = await write([
      { status: 429, error: { type: 'es_rejected_execution_exception' } },
      { status: 400, error: { type: 'document_parsing_exception', reason: 'bad', caused_by: { reason: 'because' } } },
      { status: 403, error: { type: 'cluster_block_exception' } },
    ]);
    expect(outcome).toEqual({
      indexed: [],
      duplicate: [],
      rejected: [{ item: 1, type: 'document_parsing_exception', detail: 'bad: because' }],
      unsettled: [0, 2],
      failure: { code: 'index_blocked', type: 'cluster_block_exception', status: 403 },
    });
  });

  test.each([
    ['fewer', [{ status: 201 }, { status: 201 }]],
    ['more', [{ status: 201 }, { status: 201 }, { status: 201 }, { status: 201 }]],
    ['no', []],
  ])('%s items than were sent: bulk_mismatch, nothing is settled', async (_case, items) => {
    expect((await failure(write(items))).code).toBe('bulk_mismatch');
  });

  test.each<[string, Answer]>([
    ['an answer without items', { body: { took: 1 } }],
    ['a page of HTML with status 200', { body: '<html>login</html>', type: 'text/html' }],
    ['half a JSON', { body: '{"items":[' }],
    ['null', { body: 'null' }],
    ['items that are none', { body: { items: [null, {}, { index: null }] } }],
    ['items without a status', { body: { items: [{ index: {} }, { index: {} }, { index: {} }] } }],
  ])('%s: an error that is tried again', async (_case, answer) => {
    server.answer = () => answer;
    const call = createRecordIndex(server.client, BULK_SETTINGS).write(part(), ref, 5, undefined, never);
    expect((await failure(call)).verdict).toBe('retry');
  });

  test('a conflict whose stored document has the same hash: duplicate', async () => {
    const bulk = part();
    const [first, third] = [0, 2].map((item) => recordHashOf(bulk, item));
    const docs = stored({ hash: first! }, { hash: third!, version: 9 });
    expect(await write([CONFLICT, { status: 201 }, CONFLICT], docs)).toEqual({
      indexed: [1],
      duplicate: [0, 2],
      rejected: [],
      unsettled: [],
    });
    const asked = JSON.parse(server.seen[1]!.body) as { ids: string[] };
    expect(asked.ids).toEqual(['01-0000-0000000000000000', '01-0000-0000000000000002']);
  });

  test('a conflict with another record under the id: foreign_document, which names the id and no text', async () => {
    const error = await failure(write([CONFLICT, { status: 201 }, { status: 201 }], stored({ hash: 'f'.repeat(16) })));
    expect(error).toMatchObject({ code: 'foreign_document', verdict: 'halt' });
    expect(error.message).toContain('01-0000-0000000000000000');
    expect(error.message).not.toContain('canary');
  });

  test('a conflict with a document that has no hash: foreign_document', async () => {
    const docs = { body: { docs: [{ _id: '0', found: true, _version: 5, _source: {} }] } };
    expect((await failure(write([CONFLICT, { status: 201 }, { status: 201 }], docs))).code).toBe('foreign_document');
  });

  test('a conflict whose document is gone by now: sent again', async () => {
    const outcome = await write([CONFLICT, { status: 201 }, { status: 201 }], stored(undefined));
    expect(outcome).toMatchObject({ indexed: [1, 2], duplicate: [], unsettled: [0] });
  });

  test.each<[Answer, string]>([
    [{ status: 503 }, 'elasticsearch_unavailable'],
    [{ status: 403 }, 'elasticsearch_denied'],
    [{ status: 429 }, 'elasticsearch_throttled'],
    ['drop', 'elasticsearch_unavailable'],
    [{ body: { docs: [] } }, 'bulk_mismatch'],
    [{ body: {} }, 'bulk_mismatch'],
    [{ body: { docs: [{ error: { type: 'exception' } }, {}] } }, 'elasticsearch_unavailable'],
  ])('the comparison answered by %j: what the bulk did is kept, the conflicts wait, %s', async (answer, code) => {
    expect(await write([CONFLICT, { status: 201 }, CONFLICT], answer)).toEqual({
      indexed: [1],
      duplicate: [],
      rejected: [],
      unsettled: [0, 2],
      failure: { code, type: 'comparison', status: 409 },
    });
  });

  test('an answer that comes after our patience: unavailable; sent again it is all duplicates', async () => {
    const slow = createElasticsearch({ url: server.url, requestTimeoutMs: 200 });
    server.answer = () => 'hang';
    const index = createRecordIndex(slow, BULK_SETTINGS);
    const error = await failure(index.write(part(), ref, 5, undefined, never));
    expect(error).toMatchObject({ code: 'elasticsearch_unavailable', verdict: 'retry' });
    await slow.close();
    const bulk = part();
    const hashes = bulk.offsets.map((_offset, item) => recordHashOf(bulk, item));
    const again = await write(Array(3).fill(CONFLICT), stored(...hashes.map((hash) => ({ hash }))));
    expect(again).toMatchObject({ indexed: [], duplicate: [0, 1, 2], unsettled: [] });
  });

  test('any mix of items: exactly those that were throttled are sent again, and each counts once', async () => {
    const kinds = fc.constantFrom('new', 'there', 'bad', 'busy', 'busy');
    await fc.assert(
      fc.asyncProperty(fc.array(kinds, { minLength: 1, maxLength: 30 }), fc.nat(), async (plan, salt) => {
        const bulk = part(plan.length);
        const index = createRecordIndex(server.client, BULK_SETTINGS);
        const sent: number[][] = [];
        server.answer = ({ path, body }) => {
          if (path.includes('_mget')) {
            const { ids } = JSON.parse(body) as { ids: string[] };
            return stored(...ids.map((id) => ({ hash: recordHashOf(bulk, Number(id.slice(-16))) })));
          }
          const offsets = [...body.matchAll(/"_id":"01-0000-(\d{16})"/g)].map(([, offset]) => Number(offset));
          sent.push(offsets);
          return { body: { items: offsets.map((offset) => ({ index: answerTo(plan[offset]!, offset) })) } };
        };
        const answerTo = (kind: string, offset: number) => {
          if (kind === 'bad') return { status: 400, error: { type: 'document_parsing_exception', reason: 'no' } };
          if (kind === 'there') return CONFLICT;
          // Busy ones get in at the second, third or fourth attempt.
          if (kind === 'busy' && sent.length <= 1 + ((offset + salt) % 3)) {
            return { status: 429, error: { type: 'es_rejected_execution_exception' } };
          }
          return { status: 201 };
        };
        const got = { indexed: [] as number[], duplicate: [] as number[], rejected: [] as number[] };
        let left: number[] | undefined;
        do {
          const outcome = await index.write(bulk, ref, 5, left, never);
          got.indexed.push(...outcome.indexed);
          got.duplicate.push(...outcome.duplicate);
          got.rejected.push(...outcome.rejected.map(({ item }) => item));
          left = outcome.unsettled;
          if (left.length > 0) expect(outcome.failure).toMatchObject({ code: 'elasticsearch_throttled', status: 429 });
        } while (left.length > 0);
        const of = (...wanted: string[]) => plan.flatMap((kind, i) => (wanted.includes(kind) ? [i] : []));
        const sorted = (list: number[]) => [...list].sort((a, b) => a - b);
        expect(sorted(got.indexed)).toEqual(of('new', 'busy'));
        expect(sorted(got.duplicate)).toEqual(of('there'));
        expect(sorted(got.rejected)).toEqual(of('bad'));
        for (const offsets of sent.slice(1)) for (const offset of offsets) expect(plan[offset]).toBe('busy');
      }),
      { numRuns: 60 },
    );
  });

  test.each<[Answer, string, string]>([
    [
      { status: 401, body: { error: { type: 'security_exception', reason: 'canary' } } },
      'elasticsearch_denied',
      'wait',
    ],
    [
      { status: 403, body: { error: { type: 'security_exception', reason: 'canary' } } },
      'elasticsearch_denied',
      'wait',
    ],
    [{ status: 404, body: { error: { type: 'index_not_found_exception' } } }, 'index_blocked', 'wait'],
    [{ status: 413, body: 'canary', type: 'text/plain' }, 'request_too_large', 'retry'],
    [{ status: 429, body: { error: { type: 'circuit_breaking_exception' } } }, 'elasticsearch_throttled', 'retry'],
    [
      { status: 400, body: { error: { type: 'illegal_argument_exception', reason: 'canary' } } },
      'bulk_unknown_error',
      'retry',
    ],
    [{ status: 500, body: {} }, 'elasticsearch_unavailable', 'retry'],
    [{ status: 503, body: '<html>proxy</html>', type: 'text/html' }, 'elasticsearch_unavailable', 'retry'],
    ['drop', 'elasticsearch_unavailable', 'retry'],
  ])(
    'the whole request answered by %j: %s, which is to %s, without the server’s words',
    async (answer, code, verdict) => {
      server.answer = () => answer;
      const error = await failure(
        createRecordIndex(server.client, BULK_SETTINGS).write(part(), ref, 5, undefined, never),
      );
      expect([error.code, error.verdict]).toEqual([code, verdict]);
      expect(error.message).not.toContain('canary');
      // Retries have one owner, Temporal.
      expect(server.seen).toHaveLength(1);
    },
  );

  test('a cancellation ends a request that hangs, long before its timeout', async () => {
    const controller = new AbortController();
    server.answer = () => (setImmediate(() => controller.abort(new Error('cancelled'))), 'hang');
    const patient = createElasticsearch({ url: server.url, requestTimeoutMs: 600_000 });
    const call = createRecordIndex(patient, BULK_SETTINGS).write(part(), ref, 5, undefined, controller.signal);
    await expect(call).rejects.toThrow('cancelled');
    await patient.close();
  });

  test('an abort ends the request with the signal’s reason', async () => {
    const controller = new AbortController();
    server.answer = () => (setImmediate(() => controller.abort(new Error('cancelled'))), 'hang');
    const call = createRecordIndex(server.client, BULK_SETTINGS).write(part(), ref, 5, undefined, controller.signal);
    await expect(call).rejects.toThrow('cancelled');
  });

  test('a large request that fails costs no copy of its body', async () => {
    const gone = await new FakeElasticsearch().open();
    await gone.stopListening();
    const body = Buffer.alloc(32 * 1024 * 1024, ' ');
    const request = { method: 'POST', path: '/_bulk', bulkBody: body };
    const error = (await gone.client.transport.request(request).catch((reason: unknown) => reason)) as {
      meta?: { meta?: { request?: { params?: { body?: unknown } } } };
    };
    expect(error.meta?.meta?.request?.params?.body).toBe(body);
    await gone.close();
  });

  test('nobody listens: elasticsearch_unavailable', async () => {
    const gone = await new FakeElasticsearch().open();
    await gone.stopListening();
    const error = await failure(createRecordIndex(gone.client, BULK_SETTINGS).write(part(), ref, 5, undefined, never));
    expect(error.code).toBe('elasticsearch_unavailable');
    await gone.close();
  });
});
