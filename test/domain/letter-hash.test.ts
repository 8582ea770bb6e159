import { letterHash, mayBeOfLetter } from '../../src/domain/letter-hash';
import type { RejectionCode } from '../../src/domain/record';

const secret = Buffer.from('{"token":"abc"}');
const shown = Buffer.from('{"token":"[redacted:field]"}');
const plain = Buffer.from('{"a":1}');
const parsed: Buffer[] = [];
const raw = (value: Buffer) => value.toString('hex').padEnd(16, '0').slice(0, 16);

/** Like the real one: what is not given is found out by parsing. */
function hash(value: Buffer, redacted?: Buffer): string {
  if (redacted === undefined) parsed.push(value);
  const without = redacted ?? (value === secret ? shown : value);
  return without === value ? raw(value) : `rabcd${raw(without).slice(0, 11)}`;
}

const hashOf = (code: RejectionCode, value: Buffer) => letterHash(code, hash, value, value === secret ? shown : value);
const fits = (code: RejectionCode, of: Buffer, value: Buffer) =>
  mayBeOfLetter({ code, recordHash: hashOf(code, of) }, hash, value);

describe('the hash of a letter', () => {
  beforeEach(() => parsed.splice(0));

  it('tells the record of a letter from others', () => {
    expect(fits('invalid_json', plain, plain)).toBe(true);
    expect(fits('invalid_json', plain, Buffer.from('{"a":2}'))).toBe(false);
    expect(fits('invalid_json', secret, secret)).toBe(true);
  });

  it('does so without parsing a record that killed its process', () => {
    expect(fits('process_killed', plain, plain)).toBe(true);
    expect(fits('process_killed', plain, Buffer.from('{"a":2}'))).toBe(false);
    expect(fits('process_killed', secret, secret)).toBe(true);
    expect(parsed).toEqual([]);
  });

  it('does not give away the hash of bytes with a secret', () => {
    expect(hashOf('process_killed', secret)).toMatch(/^rtext/);
    expect(hashOf('process_killed', secret)).not.toContain(raw(secret));
  });
});
