import { LEVELS } from '../domain/record';

/** What tells a plain log from any other, and what may be a secret: the rules of those that read one by one. */
export interface PlainLogRules {
  /** What a field behind the time must be, by name; at most 16 letters. */
  fields: Readonly<Record<string, string>>;
  required: readonly string[];
  /** The redaction's, see trigger-scan.ts. */
  triggers: { table: Int32Array; grams: ReadonlySet<number>; words: ReadonlySet<number>; behindWord: Uint8Array };
}

/** As assembly/scan.ts numbers them. */
const KINDS = ['', 'service', 'level', 'text', 'status', 'number', 'texts', 'error_code'];
const HASH = 0x9e3779b1 | 0;

/** Where something lies in the kernel's memory, by its name in assembly/layout.ts. */
type Place = (name: string) => number;

/**
 * Writes into the kernel's memory what it is told of logs and of secrets.
 *
 * @returns the bits of the fields that a log must have
 * @throws RangeError for what has no place there
 */
export function writeTables(memory: Buffer, place: Place, rules: PlainLogRules): number {
  writeLevels(memory, place);
  writeTriggers(memory, place, rules.triggers);
  return writeFields(memory, place, rules);
}

function writeFields(memory: Buffer, place: Place, { fields, required }: PlainLogRules): number {
  let bits = 0;
  Object.entries(fields).forEach(([name, kind], number) => {
    const slot = (name.length << 5) | (name.charCodeAt(0) & 31);
    const at = place('FIELDS_AT') + slot * place('FIELD_SIZE');
    if (name.length > place('MAX_NAME') || memory.readUInt32LE(at + 32) !== 0 || !KINDS.includes(kind))
      throw new RangeError(`a field ${name} of kind ${kind} has no place`);
    memory.write(name, at, 'latin1');
    memory.fill(255, at + 16, at + 16 + name.length);
    memory.writeUInt32LE(KINDS.indexOf(kind), at + 32);
    memory.writeUInt32LE(1 << number, at + 36);
    if (required.includes(name)) bits |= 1 << number;
  });
  return bits;
}

function writeLevels(memory: Buffer, place: Place): void {
  LEVELS.forEach((level, number) => {
    const at = place('LEVELS_AT') + (level.charCodeAt(0) & 31) * place('LEVEL_SIZE');
    memory.write(level, at, 'latin1');
    memory.fill(255, at + 8, at + 8 + level.length);
    memory.writeUInt32LE(level.length, at + 16);
    memory.writeUInt32LE(number + 1, at + 20);
  });
}

function writeTriggers(
  memory: Buffer,
  place: Place,
  { table, grams, words, behindWord }: PlainLogRules['triggers'],
): void {
  memory.set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), place('BITS_AT'));
  memory.set(behindWord, place('BEHIND_WORD_AT'));
  const slots = place('GRAM_SLOTS');
  if (grams.size > slots / 2) throw new RangeError(`${grams.size} are too many`);
  const at = place('GRAMS_AT');
  for (const gram of grams) {
    let slot = Math.imul(gram, HASH) >>> (32 - Math.log2(slots));
    while (memory.readInt32LE(at + slot * 4) !== 0) slot = (slot + 1) % slots;
    memory.writeInt32LE(gram, at + slot * 4);
    memory[place('GRAM_WORDS_AT') + slot] = words.has(gram) ? 1 : 0;
  }
}
