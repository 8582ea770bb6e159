import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { PipelineError } from '../../src/domain/errors';
import { fileInput, streamInput, type Input } from '../../src/shipping/inputs';
import { MAX_MESSAGE_BYTES } from '../../src/shipping/message';
import { ship, ShipError, type MessageProducer, type ShipOptions } from '../../src/shipping/ship';

const folder = mkdtempSync(join(tmpdir(), 'sluice-ship-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
async function file(content: string | Buffer): Promise<Input> {
  const path = join(folder, `f-${(files += 1)}.log`);
  writeFileSync(path, content);
  return fileInput(path);
}

/** A topic in memory. */
function topic(take: (values: readonly string[], call: number) => 'too_large' | undefined = () => undefined) {
  const sent: string[] = [];
  let call = 0;
  const producer: MessageProducer = {
    async send(values) {
      const texts = values.map((value) => value.toString());
      const refused = take(texts, (call += 1));
      if (refused) return refused;
      const offset = sent.length;
      sent.push(...texts);
      return { partition: 0, offset };
    },
  };
  return { sent, producer };
}

const OPTIONS: ShipOptions = { multiline: 'auto', fromLine: 1, rate: 0, form: { raw: true, encoding: 'utf8' } };
function run(
  inputs: Input[],
  producer: MessageProducer,
  changes: Partial<ShipOptions> = {},
  signal = new AbortController().signal,
) {
  let clock = 0;
  return ship(
    inputs,
    { ...OPTIONS, ...changes },
    {
      ...{ producer, signal, approve: () => undefined, onProgress: () => undefined },
      now: () => clock,
      sleep: async (ms) => void (clock += ms),
    },
  );
}

describe('ship', () => {
  test('sends the lines of files in order, plain or compressed, and says where they are', async () => {
    const { sent, producer } = topic();
    const account = await run([await file('a\nb\n\nc'), await file(gzipSync('d\r\ne\n'))], producer);
    expect(sent).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(account).toMatchObject({ lines: 6, blank: 1, records: 5, bytes: 5, text: 5, leftOut: {} });
    expect(account.inputs.map(({ doneTo, whole }) => [doneTo, whole])).toEqual([[4, true], [2, true]]); // prettier-ignore
    expect([...account.partitions]).toEqual([[0, { records: 5, first: 0, last: 4 }]]);
  });

  test('begins at a line of the first file only', async () => {
    const { sent, producer } = topic();
    await run([await file('a\nb\nc\n'), await file('d\n')], producer, { fromLine: 3 });
    expect(sent).toEqual(['c', 'd']);
  });

  test('leaves out, and counts with their first line, what is too long and what is no UTF-8', async () => {
    const { sent, producer } = topic();
    const content = Buffer.concat([
      Buffer.from('a\n'),
      Buffer.alloc(MAX_MESSAGE_BYTES + 1, 'x'),
      Buffer.from('\nb\n\xff\n\xfe\nc\n', 'latin1'),
    ]);
    const input = await file(content);
    const account = await run([input], producer, { form: { raw: false, encoding: 'utf8' } });
    expect(sent).toEqual(['a', 'b', 'c']);
    expect(account.leftOut).toEqual({
      too_long: { lines: 1, first: { input: input.name, line: 2 } },
      not_utf8: { lines: 2, first: { input: input.name, line: 4 } },
    });
    expect(account.inputs).toEqual([{ name: input.name, doneTo: 6, whole: true }]);
  });

  test('with latin1 every byte is a character', async () => {
    const { sent, producer } = topic();
    await run([await file(Buffer.from('caf\xe9\n', 'latin1'))], producer, { form: { raw: false, encoding: 'latin1' } });
    expect(sent).toEqual(['café']);
  });

  test('with a service text goes as the line of a container, and objects as they are', async () => {
    const { sent, producer } = topic();
    const input = await file('a "quoted"\0\n{"msg":"x","time":1}\n');
    const account = await run([input], producer, { form: { raw: false, encoding: 'utf8', service: 'shop' } });
    const name = input.name.replace(/^.*\//, '');
    expect(JSON.parse(sent[0]!)).toEqual({ log: 'a "quoted"\0', stream: 'stdout', container_name: 'shop', file: name });
    expect(sent[1]).toBe('{"msg":"x","time":1}');
    expect(account.text).toBe(1);
  });

  test('what Kafka takes in no request of its size goes in halves, and alone it is left out', async () => {
    const { sent, producer } = topic((values) =>
      values.length > 2 || values.includes('big') ? 'too_large' : undefined,
    );
    const input = await file('a\nb\nbig\nc\nd\n');
    const account = await run([input], producer);
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
    expect(account.leftOut).toEqual({ refused_by_kafka: { lines: 1, first: { input: input.name, line: 3 } } });
    expect(account.records).toBe(4);
  });

  test('a failure tells what is acknowledged, and which lines may have arrived', async () => {
    const { producer } = topic((_values, call) => {
      if (call === 3) throw new PipelineError('kafka_unavailable', 'gone');
      return undefined;
    });
    const input = await file(Array.from({ length: 9000 }, (_, i) => `line ${i + 1}`).join('\n'));
    const failure = await run([input], producer).catch((error: unknown) => error as ShipError);
    expect(failure).toBeInstanceOf(ShipError);
    const { account, unsure } = failure as ShipError;
    expect(account.records).toBe(4000);
    expect(account.inputs).toEqual([{ name: input.name, doneTo: 4000, whole: false }]);
    expect(unsure).toEqual({ input: input.name, from: 4001, to: 6000 });
  });

  test('an input that cannot be read to its end is sent as far as it goes', async () => {
    const { sent, producer } = topic();
    const text = Array.from({ length: 40_000 }, (_, i) => `line ${i * 7919}`).join('\n');
    const packed = gzipSync(text);
    const cut = await file(packed.subarray(0, packed.length - 1000));
    const account = await run([cut, await file('b\n')], producer);
    expect(account.inputs[0]).toMatchObject({ whole: false, problem: expect.stringContaining('unexpected end') });
    expect(account.inputs[0]!.doneTo).toBeGreaterThan(0);
    expect(sent.at(-1)).toBe('b');
  });

  test('a stop ends a file at the last acknowledged line', async () => {
    const stopping = new AbortController();
    const { sent, producer } = topic(() => void stopping.abort());
    const input = await file(Array.from({ length: 20_000 }, (_, i) => `line ${i + 1} ${'x'.repeat(50)}`).join('\n'));
    const account = await run([input, await file('b\n')], producer, {}, stopping.signal);
    expect(account.inputs).toEqual([{ name: input.name, doneTo: sent.length, whole: false }]);
    expect(sent.length).toBeLessThan(20_000);
    expect(sent.at(-1)).toMatch(new RegExp(`^line ${sent.length} `));
  });

  test('a stop of a pipe sends what has come, but half a line', async () => {
    const stopping = new AbortController();
    const { sent, producer } = topic();
    const pipe = new PassThrough();
    const done = run([streamInput('-', pipe)], producer, {}, stopping.signal);
    pipe.write('a\nb\nhalf');
    await new Promise((resolve) => setImmediate(resolve));
    stopping.abort();
    await done;
    expect(sent).toEqual(['a', 'b']);
  });

  test('a rate is kept, by waiting before a batch', async () => {
    const { producer, sent } = topic();
    let slept = 0;
    await ship(
      [await file('a\n'.repeat(100))],
      { ...OPTIONS, rate: 50 },
      {
        ...{ producer, signal: new AbortController().signal, approve: () => undefined, onProgress: () => undefined },
        now: () => slept,
        sleep: async (ms) => void (slept += ms),
      },
    );
    expect(sent).toHaveLength(100);
    expect(slept).toBeGreaterThanOrEqual(1800);
  });

  test('what approve throws ends it before anything is sent', async () => {
    const { sent, producer } = topic();
    const asked: string[] = [];
    const approve = (_input: Input, records: readonly { bytes: Buffer }[]) => {
      asked.push(...records.map(({ bytes }) => bytes.toString()));
      throw new Error('no');
    };
    const deps = { producer, approve, signal: new AbortController().signal, onProgress: () => undefined };
    const input = streamInput('-', Readable.from([Buffer.from('a\nb\n')]));
    await expect(ship([input], OPTIONS, { ...deps, now: () => 0, sleep: async () => undefined })).rejects.toThrow('no');
    expect([asked, sent]).toEqual([['a'], []]);
  });
});

describe('fileInput', () => {
  test.each([
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 0], /zstdcat/],
    ['UTF-16', [0xff, 0xfe, 0x61, 0], /iconv/],
  ])('refuses %s, with what undoes it', async (_name, bytes, message) => {
    await expect(file(Buffer.from(bytes))).rejects.toThrow(message);
  });

  test('refuses a folder and what is not there', async () => {
    await expect(fileInput(folder)).rejects.toThrow(/is a folder/);
    await expect(fileInput(join(folder, 'none'))).rejects.toThrow(/cannot read .*ENOENT/);
  });
});
