import { prepareBatch } from '../src/activities/prepare-batch';
import { loadConfig } from '../src/config';
import type { KafkaRecord } from '../src/domain/record';
import { createBulkBuilder } from '../src/elasticsearch/bulk-request';
import { createLearningDecoder, decodeRecord } from '../src/kafka/decode-record';
import { withRedaction } from '../src/redaction/redacting-decoder';
import { createRedactor } from '../src/redaction/redactor';
import { readRedaction } from '../src/redaction-settings';
import { scoreRecord } from '../src/scoring/score-record';
import { openKernel, openPlainLogs, openTriggerScan } from '../src/workers/open-plain-logs';
import { createRecordHash } from '../src/workers/record-hash';
import { generatedMessages } from '../test/support/log-records';
import { median } from './median';
import { inOtherFormat, WRITERS } from './mixed-records';

const COUNT = Number(process.env['BENCH_RECORDS'] ?? 200_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const BATCH = 5000;
/** What one core must at least decode, validate and score in a second. */
const MIN_RATE = 150_000;

/** Records of each of the other formats, where these are asked for one by one. */
const EACH = process.argv.includes('--each');

/**
 * What the worker's own work on a record costs: CPU seconds of this process, so other load on the machine counts little.
 * Ends with 1 when decoding, validating and scoring take more than a core has for 150,000 records a second.
 */
async function bench(): Promise<boolean> {
  const records = generatedMessages(COUNT).map(({ key, value }, offset): KafkaRecord => {
    return { offset, timestamp: Date.UTC(2026, 10, 24) + offset, key: Buffer.from(key), value: Buffer.from(value) };
  });
  const bytes = records.reduce((sum, { value }) => sum + value!.length, 0);
  process.stdout.write(`${COUNT} records of ${Math.round(bytes / COUNT)} bytes, ${ROUNDS} rounds\n`);
  const { scoring, redaction } = loadConfig({});
  const hidden = readRedaction(redaction);
  const kernel = openKernel({ warn: () => undefined });
  const redactor = createRedactor(hidden, undefined, openTriggerScan(hidden, kernel));
  const redacting = withRedaction(decodeRecord, redactor);
  const hash = await createRecordHash(redactor);
  const settings = { indexPrefix: 'logs', hash, now: () => '2026-11-24T00:00:00.000Z' };
  const decodeAndScore = (decode: typeof redacting) => (some: KafkaRecord[]) => {
    for (const one of some) {
      const decoded = decode(one);
      if (decoded.kind === 'record') scoreRecord(decoded.record, scoring);
    }
  };
  const shortWay = openPlainLogs(hidden, redactor, kernel);
  const prepare = (decode: typeof redacting, plainLogs?: typeof shortWay) => (some: KafkaRecord[]) => {
    const [from, to] = [String(some[0]!.offset), String(some.at(-1)!.offset + 1)];
    const ref = { topic: 'logs', generation: 1, partition: 0, from, to, count: some.length, bytes: some.length * 350 };
    const builder = (range: typeof ref, epoch: number) => createBulkBuilder(range, epoch, { ...settings, plainLogs });
    prepareBatch(ref, some, 1, { decode, rules: scoring, index: { builder } });
  };
  const steps = {
    'decode, validate, score': decodeAndScore(redacting),
    'the same, and build the bulk body': prepare(redacting),
    'the same by the kernel of plain logs': prepare(redacting, shortWay),
    'the same, without redaction': prepare(decodeRecord),
  };
  const rates: Record<string, number> = {};
  for (const [name, step] of Object.entries(steps)) {
    const seconds = Array.from({ length: ROUNDS + 1 }, () => cpuSecondsOf(records, step)).slice(1);
    rates[name] = COUNT / median(seconds);
    const perMillion = (median(seconds) / COUNT) * 1e6;
    process.stdout.write(`${name}: ${Math.round(rates[name])} records/s, ${perMillion.toFixed(2)} CPU s per million\n`);
  }
  const others = withRedaction(createLearningDecoder({ formats: ['auto', 'text'] }), redactor);
  const names = [undefined, ...(EACH ? Object.keys(WRITERS) : [])];
  for (const name of names) {
    const mixed = records.map((record, turn): KafkaRecord => {
      return { ...record, value: Buffer.from(inOtherFormat(String(record.value), turn, name)) };
    });
    const size = Math.round(mixed.reduce((sum, { value }) => sum + value!.length, 0) / COUNT);
    const seconds = Array.from({ length: ROUNDS + 1 }, () => cpuSecondsOf(mixed, prepare(others))).slice(1);
    const perMillion = (median(seconds) / COUNT) * 1e6;
    const ofOwn = COUNT / median(seconds) / rates['the same by the kernel of plain logs']!;
    process.stdout.write(
      `${name ?? 'mixed formats'}, of ${size} bytes, bulk body too: ${Math.round(COUNT / median(seconds))} records/s, ` +
        `${perMillion.toFixed(2)} CPU s per million, ${ofOwn.toFixed(2)} of our own format\n`,
    );
  }
  return rates['decode, validate, score']! >= MIN_RATE;
}

function cpuSecondsOf(records: KafkaRecord[], step: (some: KafkaRecord[]) => void): number {
  const before = process.cpuUsage();
  for (let at = 0; at < records.length; at += BATCH) step(records.slice(at, at + BATCH));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

bench().then(
  (fine) => process.exit(fine ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
