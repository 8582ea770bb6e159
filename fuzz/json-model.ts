/**
 * A reader of JSON of its own, by which the fuzzer judges the pipeline's: it keeps every number by its decimal value,
 * however long, and refuses a key that stands twice. Written from RFC 8259 and not from the code under test.
 */

/** A number by its exact value: one spelling per value, minus zero apart from zero. */
export class ExactNumber {
  readonly value: string;

  constructor(text: string) {
    const [, sign = '', whole = '', fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(
      text,
    )!;
    const digits = (whole + fraction).replace(/^0+/, '');
    const kept = digits.replace(/0*$/, '');
    const exponent = BigInt(power) + BigInt(digits.length - kept.length - fraction.length);
    this.value = kept === '' ? `${sign}0` : `${sign}${kept}e${exponent}`;
  }
}

export type Json = null | boolean | string | ExactNumber | Json[] | Map<string, Json>;

/** @throws SyntaxError when the text is no JSON, or a key stands twice */
export function readJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

/** One text for all ways to write the same value; equal texts mean equal values. */
export function canonical(json: Json): string {
  if (json instanceof ExactNumber) return json.value;
  if (json instanceof Map) {
    const members = [...json].map(([name, value]) => `${JSON.stringify(name)}:${canonical(value)}`);
    return `{${members.sort().join(',')}}`;
  }
  if (Array.isArray(json)) return `[${json.map(canonical).join(',')}]`;
  return JSON.stringify(json);
}

class Reader {
  #at = 0;

  constructor(private readonly text: string) {}

  value(): Json {
    this.#blanks();
    const character = this.text[this.#at];
    if (character === '{') return this.#object();
    if (character === '[') return this.#array();
    if (character === '"') return this.#string();
    const word = this.#match(/true|false|null/y);
    if (word !== undefined) return JSON.parse(word) as null | boolean;
    const number = this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    if (number === undefined) throw new SyntaxError(`no value at ${this.#at}`);
    return new ExactNumber(number);
  }

  end(): void {
    this.#blanks();
    if (this.#at !== this.text.length) throw new SyntaxError(`more at ${this.#at}`);
  }

  #object(): Map<string, Json> {
    const members = new Map<string, Json>();
    this.#at += 1;
    for (let first = true; !this.#closes('}'); first = false) {
      if (!first) this.#expect(',');
      this.#blanks();
      const name = this.#string();
      if (members.has(name)) throw new SyntaxError(`key twice at ${this.#at}`);
      this.#expect(':');
      members.set(name, this.value());
    }
    return members;
  }

  #array(): Json[] {
    const items: Json[] = [];
    this.#at += 1;
    for (let first = true; !this.#closes(']'); first = false) {
      if (!first) this.#expect(',');
      items.push(this.value());
    }
    return items;
  }

  #string(): string {
    const start = this.#at;
    if (this.text[start] !== '"') throw new SyntaxError(`no string at ${start}`);
    let end = start + 1;
    while (this.text[end] !== '"') {
      if (end >= this.text.length) throw new SyntaxError('open string');
      end += this.text[end] === '\\' ? 2 : 1;
    }
    this.#at = end + 1;
    return JSON.parse(this.text.slice(start, this.#at)) as string;
  }

  #closes(bracket: string): boolean {
    this.#blanks();
    if (this.text[this.#at] !== bracket) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    this.#blanks();
    if (this.text[this.#at] !== character) throw new SyntaxError(`no ${character} at ${this.#at}`);
    this.#at += 1;
  }

  #blanks(): void {
    this.#match(/[ \t\r\n]+/y);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}
