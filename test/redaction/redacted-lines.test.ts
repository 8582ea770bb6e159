import { createDecoder } from '../../src/kafka/decode-record';
import { createRedactor } from '../../src/redaction/redactor';
import { withRedaction } from '../../src/redaction/redacting-decoder';
import { kafkaRecord } from '../support/records';

const ACCESS = '203.0.113.9 - - [24/Nov/2026:13:59:58 +0200] "GET /a HTTP/1.1" 503 197';
const VIRTUAL = `shop.example:443 2001:db8::1${ACCESS.slice(11)}`;
const SYSLOG = '<34>Nov 24 13:59:58 203.0.113.9 sshd[812]: failed';

describe('lines of text whose first address is redacted', () => {
  test.each([undefined, 'a key of sixteen'])('are recognised all the same (key %p)', (key) => {
    const redactor = createRedactor({ rules: ['ip'], fields: [], key });
    const decode = withRedaction(createDecoder({ formats: ['access_log', 'syslog'] }), redactor);
    const hidden = key === undefined ? '[redacted:ip]' : expect.stringMatching(/^\[ip:[0-9a-f]{16}\]$/);
    for (const [line, found] of [
      [ACCESS, { client: { ip: hidden }, status_code: 503, event: { format: 'access_log' } }],
      [VIRTUAL, { client: { ip: hidden }, service: 'shop.example', event: { format: 'access_log' } }],
      [SYSLOG, { host: { name: hidden }, service: 'sshd', message: 'failed', event: { format: 'syslog' } }],
    ] as const) {
      const decoded = decode(kafkaRecord(line));
      expect(decoded).toMatchObject({ kind: 'record', record: found });
      expect(JSON.stringify(decoded)).not.toMatch(/203\.0\.113|2001:db8/);
    }
  });
});
