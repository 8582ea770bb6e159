import fc from 'fast-check';
import { PIPELINE_ERRORS } from '../../src/domain/errors';
import { judgeItem, judgeRequest } from '../../src/elasticsearch/bulk-response';

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
