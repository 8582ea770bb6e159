import { writeSync } from 'node:fs';
import { prepareBatch } from '../../activities/prepare-batch';
import type { PreparedRange } from '../../activities/isolation-ports';
import { createBulkBuilder } from '../../elasticsearch/bulk-request';
import { createDecoder } from '../../kafka/decode-record';
import { withRedaction } from '../../redaction/redacting-decoder';
import { createRedactor } from '../../redaction/redactor';
import { createRecordHash } from '../record-hash';
import { startWatchdog } from '../watchdog';
import { PROGRESS_FD, RECORD_LIMIT_MS, type ChildJob } from './child-job';

/**
 * A child process that prepares one range and ends. Before each record it writes a byte, blocking: when it dies, the number
 * of bytes names the record. It looks after itself too, since a parent that was killed can stop nobody.
 */
const MARK = Buffer.from('.');

startWatchdog({ limitMs: 2 * RECORD_LIMIT_MS, name: 'prepare-child' });
process.once('disconnect', () => process.exit(0));
process.once('message', (job: ChildJob) => {
  void prepare(job).then((range) => process.send!(range, () => process.disconnect()));
});

async function prepare(job: ChildJob): Promise<PreparedRange> {
  const { ref, epoch, records, rules, formats, indexPrefix, oldestDay } = job;
  const redactor = createRedactor(job.redaction);
  const hash = await createRecordHash(redactor);
  const settings = { indexPrefix, oldestDay, hash, now: () => new Date().toISOString() };
  const decode = withRedaction(createDecoder({ formats }), redactor);
  const prepared = prepareBatch(ref, records.map(withBuffers), epoch, {
    decode(record) {
      writeSync(PROGRESS_FD, MARK);
      return decode(record);
    },
    rules,
    index: { builder: (range, version) => createBulkBuilder(range, version, settings) },
  });
  const { parts, positions, rejected, several, filtered, anomalies } = prepared;
  return { parts, positions, rejected, several, filtered, anomalies };
}

/** Bytes that came from another process are plain arrays of bytes. */
function withBuffers(record: ChildJob['records'][number]): ChildJob['records'][number] {
  return { ...record, value: record.value === null ? null : Buffer.from(record.value) };
}
