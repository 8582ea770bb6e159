import { alsoService, level, pid, service, text, time } from './field-rules';
import { fieldTable, takeRecord, type FieldRule } from './fields';
import { hasAny, type JsonFormat } from './format';

/** Text; what is no valid text journald writes as an array of bytes. */
const message: FieldRule = {
  to: 'message',
  take(draft, value) {
    if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256)) {
      draft.fields['message'] ??= Buffer.from(value as number[]).toString('utf8');
      return false;
    }
    return text('message').take(draft, value);
  },
  reading: { as: 'text', fills: 'message' },
};

const table = fieldTable({
  __REALTIME_TIMESTAMP: time,
  PRIORITY: level('syslog'),
  MESSAGE: message,
  SYSLOG_IDENTIFIER: service(1),
  _SYSTEMD_UNIT: service(2),
  CONTAINER_NAME: service(3),
  _COMM: alsoService(text('process.name'), 4),
  _HOSTNAME: alsoService(text('host.name'), 8),
  _PID: pid(),
});

/** What `journalctl -o json` writes. */
export const journald: JsonFormat = {
  name: 'journald',
  marks: '`MESSAGE` beside `__REALTIME_TIMESTAMP`, `PRIORITY`, `_SYSTEMD_UNIT` or `_TRANSPORT`',
  recognise: (input) =>
    Object.hasOwn(input, 'MESSAGE') &&
    hasAny(input, ['__REALTIME_TIMESTAMP', 'PRIORITY', '_SYSTEMD_UNIT', '_TRANSPORT']),
  decode(input, draft) {
    takeRecord(input, table, draft);
    return undefined;
  },
  table,
};
