import fc from 'fast-check';
import { PIPELINE_ERRORS } from '../../src/domain/errors';
import { judgeItem, judgeRequest } from '../../src/elasticsearch/bulk-response';
import { EXCEPTION_TYPES } from './exception-types';

const verdict = (status: number, type?: string, reason?: string, cause?: { type?: string; reason?: string }) => {
  const error =
    type === undefined
      ? {}
      : { error: { type, ...(reason ? { reason } : {}), ...(cause ? { caused_by: cause } : {}) } };
  const judged = judgeItem({ status, ...error });
  return judged.kind === 'unsettled' ? judged.code : judged.kind;
};

describe('judgeItem', () => {
  test.each<[number, string | undefined, string]>([
    [200, undefined, 'indexed'],
    [201, undefined, 'indexed'],
    [409, 'version_conflict_engine_exception', 'conflict'],
    [400, 'document_parsing_exception', 'reject'],
    [400, 'mapper_parsing_exception', 'reject'],
    [400, 'strict_dynamic_mapping_exception', 'reject'],
    [400, 'x_content_parse_exception', 'reject'],
    [429, 'es_rejected_execution_exception', 'elasticsearch_throttled'],
    [429, 'circuit_breaking_exception', 'elasticsearch_throttled'],
    [429, 'cluster_block_exception', 'index_blocked'],
    [429, undefined, 'elasticsearch_throttled'],
    [401, 'security_exception', 'elasticsearch_denied'],
    [403, 'security_exception', 'elasticsearch_denied'],
    [403, 'cluster_block_exception', 'index_blocked'],
    [404, 'index_not_found_exception', 'index_blocked'],
    [400, 'index_closed_exception', 'index_blocked'],
    [400, 'illegal_argument_exception', 'index_blocked'],
    [400, 'validation_exception', 'index_blocked'],
    [500, 'exception', 'elasticsearch_unavailable'],
    [502, undefined, 'elasticsearch_unavailable'],
    [503, 'unavailable_shards_exception', 'elasticsearch_unavailable'],
    [503, 'no_shard_available_action_exception', 'elasticsearch_unavailable'],
    [504, undefined, 'elasticsearch_unavailable'],
    [409, 'resource_already_exists_exception', 'bulk_unknown_error'],
    [409, undefined, 'bulk_unknown_error'],
    [400, undefined, 'bulk_unknown_error'],
    [400, 'invalid_index_name_exception', 'bulk_unknown_error'],
    [404, undefined, 'index_blocked'],
    [302, undefined, 'bulk_unknown_error'],
    [199, undefined, 'bulk_unknown_error'],
    [0, undefined, 'bulk_unknown_error'],
    [418, 'document_parsing_exception', 'bulk_unknown_error'],
    [500, 'document_parsing_exception', 'elasticsearch_unavailable'],
    [429, 'document_parsing_exception', 'elasticsearch_throttled'],
  ])('status %i with %s is %s', (status, type, expected) => {
    expect(verdict(status, type)).toBe(expected);
  });

  test.each([
    'Document contains at least one immense term in field="service"',
    'The depth of the field has exceeded the allowed limit of [20]',
    'failed to parse field [status_code] of type [integer]',
  ])('illegal_argument_exception about the document, "%s": reject', (reason) => {
    expect(verdict(400, 'illegal_argument_exception', reason)).toBe('reject');
    expect(verdict(400, 'illegal_argument_exception', 'x', { reason })).toBe('reject');
  });

  test.each([
    'Limit of total fields [1000] has been exceeded while adding new fields [1]',
    'this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open',
    'no write index is defined for alias [logs]',
  ])('illegal_argument_exception about the index or the cluster, "%s": the record waits', (reason) => {
    expect(verdict(400, 'illegal_argument_exception', reason)).toBe('index_blocked');
  });

  test('a field limit that comes as a parsing error: the record waits', () => {
    // As Elasticsearch 9.5.3 answers it.
    const cause = {
      type: 'illegal_argument_exception',
      reason: 'Limit of total fields [1] has been exceeded while adding new fields [2]',
    };
    const reason = `[1:12] failed to parse: ${cause.reason}`;
    expect(verdict(400, 'document_parsing_exception', reason, cause)).toBe('index_blocked');
  });

  test('a record that quotes the words of a field limit is still its own fault', () => {
    const quoted = 'Limit of total fields [1] has been exceeded';
    const cause = { type: 'illegal_argument_exception', reason: `For input string: "${quoted}"` };
    expect(verdict(400, 'document_parsing_exception', quoted, cause)).toBe('reject');
    expect(verdict(400, 'document_parsing_exception', quoted)).toBe('reject');
  });

  test('anything that is not known stays unsettled: never indexed, never a dead letter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1, max: 999 }),
        fc.option(fc.string(), { nil: undefined }),
        fc.string(),
        (status, type, reason) => {
          if (status >= 200 && status < 300) return;
          const judged = judgeItem({ status, ...(type === undefined ? {} : { error: { type, reason } }) });
          expect(judged.kind).toBe('unsettled');
          if (judged.kind === 'unsettled') expect(PIPELINE_ERRORS[judged.code]).not.toBe('halt');
        },
      ),
    );
  });

  test('a document error is the record’s fault with status 400 only', () => {
    for (let status = 300; status < 600; status += 1) {
      if (status !== 400) expect(verdict(status, 'document_parsing_exception')).not.toBe('reject');
    }
  });
});

describe('judgeItem, every status with every exception of Elasticsearch', () => {
  const statuses = Array.from({ length: 500 }, (_, i) => 100 + i);
  const ABOUT_THE_DOCUMENT = [
    'document_parsing_exception',
    'input_coercion_exception',
    'json_e_o_f_exception',
    'json_parse_exception',
    'mapper_exception',
    'mapper_parsing_exception',
    'not_x_content_exception',
    'parse_exception',
    'parsing_exception',
    'stream_constraints_exception',
    'strict_dynamic_mapping_exception',
    'x_content_e_o_f_exception',
    'x_content_parse_exception',
  ];
  const ABOUT_THE_INDEX = [
    'illegal_argument_exception',
    'index_closed_exception',
    'index_limit_exceeded_exception',
    'validation_exception',
  ];
  const all = statuses.flatMap((status) =>
    EXCEPTION_TYPES.map((type) => ({ status, type, is: verdict(status, type) })),
  );
  const where = (is: string) => all.filter((one) => one.is === is);
  const statusesOf = (is: string) => [...new Set(where(is).map(({ status }) => status))];
  const typesOf = (is: string, status: number) =>
    where(is)
      .filter((one) => one.status === status)
      .map(({ type }) => type);

  test('a dead letter only for what is in the document, and only with status 400', () => {
    expect(statusesOf('reject')).toEqual([400]);
    expect(typesOf('reject', 400)).toEqual(ABOUT_THE_DOCUMENT);
  });

  test('a conflict only by a version, with status 409', () => {
    expect(where('conflict')).toEqual([{ status: 409, type: 'version_conflict_engine_exception', is: 'conflict' }]);
  });

  test('indexed only with a 2xx', () => {
    expect(statusesOf('indexed')).toEqual(statuses.filter((status) => status >= 200 && status < 300));
  });

  test('blocked: the index or the cluster, or a block of either', () => {
    expect(statusesOf('index_blocked')).toEqual([400, 403, 404, 429]);
    expect(typesOf('index_blocked', 400)).toEqual(ABOUT_THE_INDEX);
    expect(typesOf('index_blocked', 404)).toEqual(EXCEPTION_TYPES);
    for (const status of [403, 429]) expect(typesOf('index_blocked', status)).toEqual(['cluster_block_exception']);
  });

  test('throttled, denied and unavailable by their statuses', () => {
    expect(statusesOf('elasticsearch_throttled')).toEqual([429]);
    expect(statusesOf('elasticsearch_denied')).toEqual([401, 403]);
    expect(statusesOf('elasticsearch_unavailable')).toEqual([500, 502, 503, 504]);
  });

  test('everything else is unknown, and stays unsettled', () => {
    const known = [200, 400, 401, 403, 404, 409, 429, 500, 502, 503, 504];
    const unknown = statuses.filter((status) => !known.includes(status) && (status < 200 || status > 299));
    expect(statusesOf('bulk_unknown_error')).toEqual([...unknown, 400, 409].sort((a, b) => a - b));
  });
});

describe('judgeRequest', () => {
  test.each<[number | undefined, string]>([
    [undefined, 'elasticsearch_unavailable'],
    [401, 'elasticsearch_denied'],
    [403, 'elasticsearch_denied'],
    [404, 'index_blocked'],
    [413, 'request_too_large'],
    [429, 'elasticsearch_throttled'],
    [500, 'elasticsearch_unavailable'],
    [502, 'elasticsearch_unavailable'],
    [503, 'elasticsearch_unavailable'],
    [504, 'elasticsearch_unavailable'],
    [599, 'elasticsearch_unavailable'],
    [400, 'bulk_unknown_error'],
    [302, 'bulk_unknown_error'],
    [0, 'bulk_unknown_error'],
  ])('status %p is %s', (status, code) => {
    expect(judgeRequest(status)).toBe(code);
  });

  test('no status settles anything, and none needs a person', () => {
    for (let status = 0; status < 1000; status += 1) expect(PIPELINE_ERRORS[judgeRequest(status)]).not.toBe('halt');
  });
});
