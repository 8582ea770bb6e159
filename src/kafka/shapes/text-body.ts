import type { DocumentBody } from '../../domain/record';

/** A document as text, by other means than those of a bulk body: what one writes is held against the other. */
export class TextBody implements DocumentBody {
  readonly #pieces: Uint8Array[] = [];

  reserve(): void {}

  bytes(some: Uint8Array): void {
    this.#pieces.push(some);
  }

  part(of: Uint8Array, start: number, end: number): void {
    this.bytes(of.subarray(start, end));
  }

  unescaped(of: Uint8Array, start: number, end: number): void {
    this.ascii(latin1(of, start, end).replace(/\\(.)/g, '$1'));
  }

  escaped(of: Uint8Array, start: number, end: number): void {
    this.ascii(latin1(of, start, end).replace(/["\\]/g, '\\$&'));
  }

  ascii(text: string): void {
    this.bytes(Buffer.from(text, 'latin1'));
  }

  number(one: number): void {
    this.ascii(JSON.stringify(one));
  }

  time(ms: number): void {
    this.ascii(new Date(ms).toISOString());
  }

  toString(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }
}

function latin1(of: Uint8Array, start: number, end: number): string {
  return Buffer.from(of.subarray(start, end)).toString('latin1');
}
