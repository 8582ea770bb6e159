import { Writable } from 'node:stream';
import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { pino } from 'pino';
import { asFailures } from '../../src/activities/failures';
import { PIPELINE_ERRORS, PipelineError, type PipelineErrorCode } from '../../src/domain/errors';

const CANARY = 'canary-4711';

/** Runs a step that throws; gives what Temporal would keep of it, and what was logged. */
async function fail(error: unknown) {
  let log = '';
  const stream = new Writable({ write: (chunk, _encoding, done) => ((log += String(chunk)), done()) });
  const thrown: unknown = await asFailures(pino({ level: 'trace' }, stream), 'indexBatch', () => {
    throw error as Error;
  }).catch((reason: unknown) => reason);
  const kept = JSON.stringify(defaultFailureConverter.errorToFailure(thrown, defaultPayloadConverter));
  return { thrown: thrown as ApplicationFailure, kept, log };
}

describe('asFailures', () => {
  test('what a step returns comes through', async () => {
    expect(await asFailures(pino({ level: 'silent' }), 'x', async () => 7)).toBe(7);
  });

  test.each(Object.keys(PIPELINE_ERRORS) as PipelineErrorCode[])(
    '%s becomes a failure of that type, final only if it halts',
    async (code) => {
      const { thrown } = await fail(new PipelineError(code, 'why'));
      expect(thrown).toBeInstanceOf(ApplicationFailure);
      expect(thrown).toMatchObject({ type: code, message: 'why', nonRetryable: PIPELINE_ERRORS[code] === 'halt' });
    },
  );

  test('details and the wait before the next attempt are handed on', async () => {
    const { thrown } = await fail(new PipelineError('cache_full', 'x', { details: [{ a: 1 }, 2], retryAfterMs: 2000 }));
    expect(thrown).toMatchObject({ details: [{ a: 1 }, 2], nextRetryDelay: 2000 });
  });

  test.each([
    ['an error', new Error(CANARY)],
    ['a TypeError', new TypeError(CANARY)],
    ['an error that quotes a stack trace out of a log', new Error(`boom\n    at ${CANARY} (x.js:1:1)`)],
    ['a text', CANARY],
    ['nothing', undefined],
    ['an error with a cause', new Error(CANARY, { cause: new Error(CANARY) })],
    ['a pipeline error with a cause', new PipelineError('bulk_unknown_error', 'fine', { cause: new Error(CANARY) })],
    ['a halt with a cause', new PipelineError('foreign_document', 'fine', { cause: { body: CANARY } })],
  ])('%s leaks nothing of a record, into Temporal or our log', async (_case, error) => {
    const { kept, log } = await fail(error);
    expect(kept).not.toContain(CANARY);
    expect(log).not.toContain(CANARY);
    expect(log).toContain('indexBatch');
  });

  test('anything unknown is tried again as internal_error, and its log line says where it happened', async () => {
    const { thrown, log } = await fail(new RangeError('x'));
    expect(thrown).toMatchObject({ type: 'internal_error', nonRetryable: false });
    expect(log).toContain('RangeError');
    expect(log).toContain('failures.test.ts');
  });

  test.each([new CancelledFailure('CANCELLED'), ApplicationFailure.create({ type: 'x' })])(
    '%p comes through as it is',
    async (error) => {
      expect((await fail(error)).thrown).toBe(error);
    },
  );
});
