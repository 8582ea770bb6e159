import fc from 'fast-check';
import { prepareBatch, type PreparedBatch } from '../../src/activities/prepare-batch';
import { LEVELS, VERBATIM_TEXT_FROM, type KafkaRecord } from '../../src/domain/record';
import { createBulkBuilder, recordHashOf, type BulkSettings } from '../../src/elasticsearch/bulk-request';
import { createDecoder } from '../../src/kafka/decode-record';
import { FetchedRecord } from '../../src/kafka/fetched-record';
import { scanPlainLog } from '../../src/kafka/scan-plain-log';
import { compileKernel, renderKernel } from '../../src/plain-logs/build-kernel';
import { KERNEL_BYTES } from '../../src/plain-logs/kernel-bytes';
import { withRedaction } from '../../src/redaction/redacting-decoder';
import { createRedactor } from '../../src/redaction/redactor';
import { REDACTION_RULES, type RedactionSettings } from '../../src/redaction/rules';
import { readRedaction } from '../../src/redaction-settings';
import { loadConfig } from '../../src/config';
import { openKernel, openPlainLogs } from '../../src/workers/open-plain-logs';
import { createRecordHash } from '../../src/workers/record-hash';
import { generatedMessages } from '../support/log-records';
import { APPENDED_AT, batchRef, RULES } from '../support/records';

const DEFAULTS = readRedaction(loadConfig({}).redaction);

/** What a worker has for plain logs, and what makes the same documents one by one. */
async function workerParts(redaction: RedactionSettings = DEFAULTS) {
  const redactor = createRedactor(redaction);
  const settings: BulkSettings = {
    indexPrefix: 'logs',
    hash: await createRecordHash(redactor),
    now: () => '2026-11-24T12:00:00.000Z',
  };
  const plainLogs = openPlainLogs(redaction, redactor, openKernel({ warn: () => undefined }))!;
  const decode = withRedaction(createDecoder(), redactor);
  const prepare = (records: KafkaRecord[], ref: Parameters<typeof createBulkBuilder>[0], withKernel: boolean) => {
    const some = withKernel ? { ...settings, plainLogs } : settings;
    const index = { builder: (range: typeof ref, epoch: number) => createBulkBuilder(range, epoch, some) };
    return prepareBatch(ref, records, 7, { decode, rules: RULES, index });
  };
  return { plainLogs, redactor, prepare };
}

/** Records as they come in an answer: their values behind each other, with something before, between and behind. */
function inAnswer(values: Buffer[], offsets = values.map((_value, offset) => offset), timestamp = APPENDED_AT) {
  const gap = Buffer.from('"1,}');
  const answer = Buffer.concat([gap, ...values.flatMap((value) => [value, gap])]);
  let at = 0;
  return values.map((value, place) => {
    at += gap.length;
    const record = new FetchedRecord(offsets[place]!, timestamp, answer, 0, -1, at, value.length, 0);
    at += value.length;
    return record;
  });
}

const withoutRecords = ({ epoch: _epoch, records: _records, ...rest }: PreparedBatch) => rest;

const START = '{"timestamp":"2026-11-24T11:59:59.123Z"';
const text = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.string({ unit: 'grapheme-ascii' }).map((some) => JSON.stringify(some.replaceAll(/["\\]/g, ''))),
  },
  fc.string({ unit: 'binary-ascii', maxLength: 40 }).map((some) => JSON.stringify(some)),
  // Escapes of any kind, at any place of the sixteen bytes that are looked at together.
  fc
    .tuple(fc.nat(40), fc.array(fc.constantFrom('\\n', '\\"', '\\\\', '\\t', '\\/', '\\u0041', '\\x', '\\', 'a')))
    .map(([before, some]) => `"${' '.repeat(before)}${some.join('')}"`),
);
const digits = (most: number) => fc.stringMatching(new RegExp(`^\\d{1,${most}}$`));
const FIELD_VALUES: Record<string, fc.Arbitrary<string>> = {
  service: text,
  level: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...LEVELS).map((level) => `"${level}"`) },
    fc.constantFrom('"Error"', '"errors"', '""', '1'),
  ),
  message: fc.oneof(
    text,
    fc.constantFrom(
      ...[
        '"password=hunter2"',
        '"card 4111 1111 1111 1111"',
        '"a token of it"',
        String.raw`"{\"MESSAGE\":[112,119,100]}"`,
      ],
      ...[String.raw`"{\"name\":\"password\",\"value\":\"x\"}"`, String.raw`"two\nlines, password:\t\"x\""`],
    ),
  ),
  request_id: text,
  status_code: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 95, max: 605 }).map(String) },
    fc.constantFrom('20', '2000', '"200"', '200.0'),
  ),
  user_id: text,
  path: text,
  method: text,
  response_time_ms: fc.oneof(
    { weight: 4, arbitrary: fc.nat().map(String) },
    { weight: 4, arbitrary: fc.tuple(fc.nat(), digits(6)).map(([whole, part]) => `${whole}.${part}`) },
    digits(16),
    fc.tuple(digits(9), digits(8)).map(([whole, part]) => `${whole}.${part}`),
    fc.constantFrom('0', '0.0', '00', '1.', '.5', '-1', '1e3', '0.1234567890123', '123456789012345'),
  ),
  error_code: text,
  tags: fc.oneof(
    { weight: 9, arbitrary: fc.array(text, { maxLength: 4 }).map((tags) => `[${tags.join(',')}]`) },
    fc.constantFrom('[1]', '[', '["a",]'),
  ),
};
const member = fc
  .oneof(
    { weight: 19, arbitrary: fc.constantFrom(...Object.keys(FIELD_VALUES)) },
    fc.constantFrom('other', 'response_time_msx', ''),
  )
  .chain((name) => (FIELD_VALUES[name] ?? text).map((value) => `"${name}":${value}`));
const needed = ['"service":"a"', '"level":"error"', '"message":"m"'];
const memberList = fc.oneof(
  { weight: 1, arbitrary: fc.array(member, { maxLength: 8 }) },
  {
    weight: 6,
    arbitrary: fc
      .uniqueArray(member, { maxLength: 8, selector: (one) => one.split(':')[0]! })
      .map((some) => [...some, ...needed.filter((one) => !some.some((other) => other.startsWith(one.slice(0, 8))))]),
  },
);
const log = memberList.map((members) => `${[START, ...members].join(',')}}`);
/** A log in which some bytes were changed, left out or put in. */
const damaged = fc
  .tuple(log, fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.nat(255)), { maxLength: 2 }))
  .map(([whole, changes]) => {
    const bytes = [...Buffer.from(whole)];
    for (const [place, how, byte] of changes)
      bytes.splice(place % bytes.length, how === 2 ? 0 : 1, ...(how ? [byte] : []));
    return Buffer.from(bytes);
  });

describe('the kernel of plain logs', () => {
  test('what is kept of it is what its source gives', () => {
    const file = renderKernel(compileKernel());
    expect(file).toContain(KERNEL_BYTES.slice(0, 100));
    expect([...file.matchAll(/ {2}'(.*)',/g)].map(([, line]) => line).join('')).toBe(KERNEL_BYTES);
  });

  test('any log, whole or damaged: it reads what is read one by one, and no secret passes that would be seen there', async () => {
    const { plainLogs, redactor } = await workerParts();
    let taken = 0;
    fc.assert(
      fc.property(damaged, (value) => {
        const [record] = inAnswer([value]);
        const { bytes, valueAt, valueLength } = record!;
        const read = plainLogs.kernel.scan(bytes, valueAt, valueLength);
        const one = scanPlainLog(value);
        expect(read).toEqual(one?.record);
        if (!read) return;
        taken += 1;
        const { mayHoldSecret, escaped } = plainLogs.kernel;
        expect(escaped).toBe(one!.escaped);
        if (redactor.suspects(value, escaped ? 0 : VERBATIM_TEXT_FROM)) expect(mayHoldSecret || escaped).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(300);
  });

  test('any batch: the same bodies, fates and anomalies as one by one', async () => {
    const { prepare } = await workerParts();
    const offset = fc.oneof(fc.nat(), fc.nat(Number.MAX_SAFE_INTEGER), fc.constantFrom(0, 9, 10, 99999999, 1e8, 1e15));
    const batch = fc.record({
      values: fc.array(fc.oneof({ weight: 4, arbitrary: log.map((one) => Buffer.from(one)) }, damaged), {
        maxLength: 20,
      }),
      first: offset,
      timestamp: fc.oneof(fc.constantFrom(-1, 0, 8.7e15, 1.7e18, APPENDED_AT), fc.integer({ min: 1e12, max: 2e12 })),
      partition: fc.constantFrom(0, 3, 9999, 12345),
      generation: fc.constantFrom(1, 2, 100),
    });
    fc.assert(
      fc.property(batch, ({ values, first, timestamp, partition, generation }) => {
        const offsets = values.map((_value, place) => Math.min(first, Number.MAX_SAFE_INTEGER - 20) + place);
        const ref = batchRef(0, values.length, { partition, generation });
        const [short, long] = [true, false].map((withKernel) =>
          prepare(inAnswer(values, offsets, timestamp), ref, withKernel),
        );
        expect(withoutRecords(short!)).toEqual(withoutRecords(long!));
      }),
      { numRuns: 300 },
    );
  });

  test('generated logs in a batch of many: the same bodies, and most of them are taken', async () => {
    const { prepare, plainLogs } = await workerParts();
    const values = generatedMessages(3000).map(({ value }) => Buffer.from(value));
    const records = inAnswer(values);
    const taken = records.filter(({ bytes, valueAt, valueLength }) =>
      plainLogs.kernel.scan(bytes, valueAt, valueLength),
    );
    expect(taken.length).toBeGreaterThan(2500);
    const ref = batchRef(0, values.length);
    const [short, long] = [true, false].map((withKernel) => prepare(records, ref, withKernel));
    expect(short!.parts.map(({ body }) => body.toString())).toEqual(long!.parts.map(({ body }) => body.toString()));
    expect(withoutRecords(short!)).toEqual(withoutRecords(long!));
  });

  test('two batches that are prepared by turns keep their items apart', async () => {
    const { plainLogs } = await workerParts();
    const hash = (value: Buffer) => String(value.length).padStart(16, '0');
    const settings = { indexPrefix: 'logs', hash, now: () => '2026-11-24T12:00:00.000Z', plainLogs };
    const builders = [1, 2].map((partition) => createBulkBuilder(batchRef(0, 9, { partition }), 1, settings));
    const values = Array.from({ length: 40 }, (_, turn) =>
      Buffer.from(`${START},${needed.join(',')},"path":"/${turn}"}`),
    );
    for (const [turn, record] of inAnswer(values).entries()) {
      expect(builders[turn % 2]!.addPlain(record, () => NOTHING)).toBe(NOTHING);
    }
    for (const [turn, builder] of builders.entries()) {
      const [part] = builder.finish();
      const lines = part!.body.toString().trimEnd().split('\n');
      const documents = lines.flatMap((line, place) => (place % 2 ? [JSON.parse(line) as { path: string }] : []));
      expect(documents.map(({ path }) => Number(path.slice(1)))).toEqual(part!.offsets);
      expect(part!.offsets.every((offset) => offset % 2 === turn)).toBe(true);
    }
  });

  test.each([0, 1, 31, 32, 33, 63, 64, 1000, 60_000])(
    'a log with a message of %d letters has its hash',
    async (length) => {
      const { prepare, redactor } = await workerParts();
      const value = Buffer.from(`${START},"service":"a","level":"info","message":"${'x'.repeat(length)}"}`);
      const [part] = prepare(inAnswer([value]), batchRef(0, 1), true).parts;
      expect(recordHashOf(part!, 0)).toBe((await createRecordHash(redactor))(value));
    },
  );

  test('a body for which there is no memory fails its own batch and no other', async () => {
    const { plainLogs } = await workerParts();
    const { kernel } = plainLogs;
    const pieces = Object.fromEntries(
      ['beforeOffset', 'behindOffset', 'unremarkable', 'timestamp', 'behindTimestamp', 'end'].map((name) => [
        name,
        name,
      ]),
    ) as unknown as Parameters<typeof kernel.append>[1];
    const plain = Buffer.from(`${START},${needed.join(',')}}`);
    const broken = {
      reserve: () => {
        throw new RangeError('no memory');
      },
      bytes: () => undefined,
    };
    const written: Buffer[] = [];
    const good = { reserve: () => undefined, bytes: (some: Uint8Array) => void written.push(Buffer.from(some)) };
    kernel.scan(plain, 0, plain.length);
    kernel.append(broken, pieces, 1, 1);
    expect(() => kernel.append(good, pieces, 2, 2)).toThrow('no memory');
    kernel.append(good, pieces, 3, 3);
    kernel.flush(good);
    expect(written.map((one) => one.toString().match(/beforeOffset/g))).toEqual([['beforeOffset']]);
    expect(kernel.pending(good)).toBe(0);
  });

  test('on a processor that cannot run it: told, and done without', () => {
    const warn = jest.fn();
    jest.isolateModules(() => {
      const module = jest.spyOn(WebAssembly, 'Module').mockImplementation(() => {
        throw new WebAssembly.CompileError('no SIMD');
      });
      // The kernel is compiled once for all: here by modules of their own.
      const { openKernel: open } = jest.requireActual<{ openKernel: typeof openKernel }>(
        '../../src/workers/open-plain-logs',
      );
      expect(open({ warn })).toBeUndefined();
      module.mockRestore();
    });
    expect(warn).toHaveBeenCalledWith({ reason: 'no SIMD' }, expect.stringContaining('SIMD'));
  });

  test('what is no log is none: a tombstone between others, an empty value, a bare beginning', async () => {
    const { plainLogs } = await workerParts();
    const whole = `${START},${needed.join(',')}}`;
    const bytes = Buffer.from(`${whole}${whole}`);
    for (const length of [
      -1,
      0,
      1,
      13,
      14,
      39,
      40,
      whole.length - 1,
      whole.length + 1,
      bytes.length,
      bytes.length + 1,
    ]) {
      expect(plainLogs.kernel.scan(bytes, 0, length)).toBeUndefined();
    }
    expect(plainLogs.kernel.scan(bytes, whole.length, whole.length)).toMatchObject({ level: 'error' });
    expect(plainLogs.kernel.scan(Buffer.alloc(0), 0, 0)).toBeUndefined();
  });

  test('what is hidden beyond the defaults is hidden', async () => {
    const { prepare } = await workerParts({ ...DEFAULTS, rules: [...REDACTION_RULES], fields: ['user_id'] });
    const values = ['"message":"from 10.1.2.3"', '"message":"to ann@example.org"', '"message":"m","user_id":"u7"'].map(
      (members) => Buffer.from(`${START},"service":"a","level":"info",${members}}`),
    );
    const body = prepare(inAnswer(values), batchRef(0, 3), true).parts[0]!.body.toString();
    for (const secret of ['10.1.2.3', 'ann@example.org', 'u7']) expect(body).not.toContain(secret);
  });
});

const NOTHING = { score: 0, severity: 'none' as const, is_anomaly: false, reasons: [] };
