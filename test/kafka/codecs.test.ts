import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { registerCodecs, type Codec } from '../../src/kafka/codecs';

const MIB = 1024 * 1024;
const codec = (type: CompressionTypes): Codec =>
  (CompressionCodecs as Record<number, (() => Codec) | undefined>)[type]!();
const roundTrip = async (type: CompressionTypes, bytes: Buffer) =>
  codec(type).decompress(await codec(type).compress({ buffer: bytes }));

const logs = Buffer.from(
  Array.from({ length: 5000 }, (_, i) => `{"service":"auth","message":"naïve „${i}“"}`).join('\n'),
);

describe('registerCodecs', () => {
  beforeAll(registerCodecs);

  test.each([
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ])('%s: a batch of logs comes back byte for byte, and is smaller on the way', async (_name, type) => {
    const compressed = await codec(type).compress({ buffer: logs });
    expect(compressed.length).toBeLessThan(logs.length / 2);
    expect((await codec(type).decompress(compressed)).equals(logs)).toBe(true);
  });

  test.each([
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ])('%s: batches far above 1 MiB come back', async (_name, type) => {
    const large = Buffer.alloc(20 * MIB, logs);
    expect((await roundTrip(type, large)).equals(large)).toBe(true);
  });

  test('called twice, it keeps the codecs of the first call', async () => {
    const before = codec(CompressionTypes.LZ4);
    await registerCodecs();
    expect(codec(CompressionTypes.LZ4)).toBe(before);
  });

  test('zstd: a frame without a content size, as Java producers write it, is read beyond 1 MiB', async () => {
    const decompressed = await codec(CompressionTypes.ZSTD).decompress(streamedZstdFrame(40));
    expect(decompressed.equals(Buffer.alloc(40 * 128 * 1024, 'x'))).toBe(true);
  });

  test('zstd: corrupt bytes are refused', async () => {
    await expect(codec(CompressionTypes.ZSTD).decompress(Buffer.from('not a frame at all'))).rejects.toThrow(/code/);
  });
});

/** A zstd frame of run-length blocks, each 128 KiB of `x`, whose header gives a window but no content size (RFC 8878). */
function streamedZstdFrame(blocks: number): Buffer {
  const size = 128 * 1024;
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
  for (let i = 0; i < blocks; i++) {
    const block = Buffer.alloc(4, 'x');
    block.writeUIntLE((size << 3) | (1 << 1) | (i === blocks - 1 ? 1 : 0), 0, 3);
    parts.push(block);
  }
  return Buffer.concat(parts);
}
