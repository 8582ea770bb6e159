import { findDifference } from '../../fuzz/same-record';
import { readJson, type Json } from '../../fuzz/json-model';
import { decodeRecord } from '../../src/kafka/decode-record';
import { buildParts } from '../support/bulk';
import { POISON_CORPUS } from '../support/poison-corpus';
import { batchRef, kafkaRecord } from '../support/records';

describe('the poison corpus, decoded', () => {
  test.each(POISON_CORPUS.map(({ name, fate, value }) => [name, fate, value] as const))(
    '%s: %s',
    (_name, fate, value) => {
      const source = kafkaRecord(value);
      const decoded = decodeRecord(source);
      if (decoded.kind === 'rejected') expect(`${decoded.rejection.code} ${decoded.rejection.field}`.trim()).toBe(fate);
      else expect(decoded.kind === 'record' ? 'indexed' : 'filtered').toBe(fate);
      if (decoded.kind !== 'record') return;
      const lines = buildParts(batchRef(0, 1), 1, [source])[0]!.body.toString().split('\n');
      expect(lines).toHaveLength(3);
      expect(findDifference(source.value!.toString(), readJson(lines[1]!) as Map<string, Json>)).toBeUndefined();
    },
  );
});
