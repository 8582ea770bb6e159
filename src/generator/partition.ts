const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * The partition of a key: murmur2, as Kafka's own clients have it, so other producers of the same keys agree. Chosen
 * here and not by kafkajs, whose arithmetic on 64-bit objects costs more than all the rest of a log.
 *
 * @param key ASCII only.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

function murmur2(text: string): number {
  const whole = text.length & ~3;
  let hash = SEED ^ text.length;
  for (let i = 0; i < whole; i += 4) {
    let word =
      text.charCodeAt(i) |
      (text.charCodeAt(i + 1) << 8) |
      (text.charCodeAt(i + 2) << 16) |
      (text.charCodeAt(i + 3) << 24);
    word = Math.imul(word, M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  if (text.length > whole) {
    for (let i = text.length - 1; i >= whole; i--) hash ^= text.charCodeAt(i) << (8 * (i - whole));
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}
