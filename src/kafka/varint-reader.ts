const CONTINUES = 128;
const BITS = 127;
/** Bytes of the longest number, which has 64 bits. */
const MAX_BYTES = 10;

/** Reads Kafka's zigzag varints, and what they are the length of, from bytes. */
export class VarintReader {
  constructor(
    private readonly bytes: Buffer,
    public at: number,
  ) {}

  /** A whole number of up to 64 bits; beyond 2^53 as near as a number comes. Behind the end of the bytes it reads zeros. */
  varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    if (byte < CONTINUES) return (byte & 1) === 0 ? byte >>> 1 : -((byte + 1) >>> 1);
    let value = byte & BITS;
    let unit = CONTINUES;
    for (let read = 1; byte >= CONTINUES; read += 1) {
      if (read === MAX_BYTES) throw new RangeError('a number of more than 64 bits');
      byte = bytes[this.at++] ?? 0;
      value += (byte & BITS) * unit;
      unit *= CONTINUES;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Steps over a length and as many bytes. @returns where they begin, and their length; -1 for none */
  skipPart(): { at: number; length: number } {
    const length = this.varint();
    const at = this.at;
    if (length > 0) this.at += length;
    return { at, length };
  }

  /** A length and a view of as many bytes; null for a length of -1. */
  part(): Buffer | null {
    const { at, length } = this.skipPart();
    return length < 0 ? null : this.bytes.subarray(at, at + length);
  }
}
