import fc from 'fast-check';
import { batchId } from '../../src/domain/batch';
import { PIPELINE_ERRORS, PipelineError, type PipelineErrorCode } from '../../src/domain/errors';
import { formatOffset, parseOffset } from '../../src/domain/offsets';

describe('parseOffset', () => {
  test('every offset that is written is read back', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (offset) => expect(parseOffset(formatOffset(offset))).toBe(offset)));
  });

  test.each(['', 'x', '-1', '1.5', 'NaN', 'Infinity', '9007199254740992', '18446744073709551615'])(
    '%j is refused',
    (text) => {
      expect(() => parseOffset(text)).toThrow(RangeError);
    },
  );
});

describe('batchId', () => {
  test('names topic, partition and range, and the generation once there are several', () => {
    const ref = { topic: 'logs', generation: 1, partition: 2, from: '120', to: '240' };
    expect(batchId(ref)).toBe('logs/2 120-240');
    expect(batchId({ ...ref, generation: 3 })).toBe('logs#3/2 120-240');
  });
});

describe('PipelineError', () => {
  test.each(Object.entries(PIPELINE_ERRORS))('%s is to %s', (code, verdict) => {
    const error = new PipelineError(code as PipelineErrorCode, 'why', { cause: 'because' });
    expect(error).toMatchObject({ name: 'PipelineError', message: 'why', verdict, cause: 'because' });
  });
});
