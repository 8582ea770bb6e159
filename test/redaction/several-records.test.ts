import { rejectParts } from '../../src/domain/message-parts';
import { createDecoder } from '../../src/kafka/decode-record';
import { createRedactLetter } from '../../src/redaction/redact-letter';
import { withRedaction } from '../../src/redaction/redacting-decoder';
import { createRedactor } from '../../src/redaction/redactor';
import { badRecord, exportRequest, otlpRecord } from '../support/export-request';
import { DEFAULT_REDACTION } from '../support/redaction';
import { kafkaRecord } from '../support/records';

const SECRET = 'Bearer abcdefghijklmnopqrstuvwxyz0123456789';
const redactor = createRedactor(DEFAULT_REDACTION);
const decode = withRedaction(createDecoder(), redactor);

describe('a message with several log records', () => {
  test('a secret in one of them: none shows it, and all are hashed by the bytes without it', () => {
    const decoded = decode(kafkaRecord(exportRequest([otlpRecord(`sent ${SECRET}`), otlpRecord('b'), badRecord()])));
    if (decoded.kind !== 'several') throw new Error(decoded.kind);
    expect(JSON.stringify(decoded)).not.toContain(SECRET.slice(7));
    const bytes = decoded.parts.map((one) => (one.kind === 'record' ? one.redacted?.toString() : undefined));
    expect(bytes[0]).toContain('[redacted:');
    expect(bytes[1]).toBe(bytes[0]);
    expect(bytes[2]).toBeUndefined();
  });

  test('without a secret the bytes are the record’s own', () => {
    const decoded = decode(kafkaRecord(exportRequest([otlpRecord('a'), otlpRecord('b')])));
    expect(decoded).toMatchObject({ kind: 'several' });
    expect(JSON.stringify(decoded)).not.toContain('"redacted"');
  });

  test('what a letter says of each that is refused is redacted like the rest of it', () => {
    const redact = createRedactLetter(redactor);
    const refused = [{ part: 1, code: 'invalid_field' as const, field: 'body', detail: `not ${SECRET}` }];
    const shown = redact({ record: kafkaRecord('{}'), rejection: rejectParts(2, refused) });
    expect(JSON.stringify(shown.rejection)).not.toContain(SECRET.slice(7));
    expect(shown.rejection.parts).toMatchObject({ total: 2, refused: [{ part: 1, code: 'invalid_field' }] });
    const plain = { record: kafkaRecord('{}'), rejection: rejectParts(2, [{ ...refused[0]!, detail: 'too long' }]) };
    expect(redact(plain)).toBe(plain);
  });
});
