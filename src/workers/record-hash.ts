import xxhash from 'xxhash-wasm';

/** The hash that documents carry: XXH64 of a record's bytes, as 16 hex digits. */
export async function createRecordHash(): Promise<(value: Buffer) => string> {
  const hasher = await xxhash();
  return (value) => hasher.h64Raw(value).toString(16).padStart(16, '0');
}
