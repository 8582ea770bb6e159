import { compress as zstdCompress, decompress as zstdDecompress, init as initZstd } from '@bokuweb/zstd-wasm';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import snappyCodec from 'kafkajs-snappy';
import { compressFrame, decompressFrame } from 'lz4-napi';

/** What kafkajs asks of a compression codec. Of its encoder only the bytes are of interest. */
export interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

const MIB = 1024 * 1024;
/** Speed before ratio; it is the default of zstd itself and of Kafka's own clients. */
const ZSTD_LEVEL = 3;
/** Room tried for a frame that does not say its size; each try costs that much memory for good, as WASM never shrinks. */
const ZSTD_ROOM = [4 * MIB, 32 * MIB, 256 * MIB] as const;

const lz4: Codec = {
  compress: ({ buffer }) => compressFrame(buffer),
  decompress: (buffer) => decompressFrame(buffer),
};

const zstd: Codec = {
  compress: async ({ buffer }) => asBuffer(zstdCompress(buffer, ZSTD_LEVEL)),
  decompress: async (buffer) => decompressZstd(buffer),
};

let registered: Promise<void> | undefined;

/**
 * Teaches kafkajs snappy, lz4 and zstd (gzip is built in), for the whole process. To be awaited before the first client
 * produces or reads; calling it again is free.
 */
export function registerCodecs(): Promise<void> {
  registered ??= register();
  return registered;
}

async function register(): Promise<void> {
  CompressionCodecs[CompressionTypes.Snappy] = snappyCodec;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4;
  await initZstd();
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd;
}

/** Java producers stream, so their frames do not carry their size, and the library then reserves 1 MiB: too little. */
function decompressZstd(frame: Buffer): Buffer {
  for (const [attempt, room] of ZSTD_ROOM.entries()) {
    try {
      return asBuffer(zstdDecompress(frame, { defaultHeapSize: room }));
    } catch (error) {
      if (!isTooSmall(error) || attempt === ZSTD_ROOM.length - 1) throw error;
    }
  }
  throw new Error('unreachable');
}

/** ZSTD_error_dstSize_tooSmall; the library gives the code in its text only. */
function isTooSmall(error: unknown): boolean {
  return error instanceof Error && /code (-70|4294967226)$/.test(error.message);
}

/** A view, not a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
