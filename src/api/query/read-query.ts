import { allOf, anyOf, noneOf, type Expression } from './expression';
import { FIELDS, findField, type Field } from './fields';
import { readQuoted, readWord, skipBlanks, type Cursor } from './read-text';
import { exactValue, readValue, ValueError } from './value';

/** What is wrong with a query, and where. */
export class QueryError extends Error {
  override readonly name = 'QueryError';

  /** @param position of the character, counted from 1 */
  constructor(
    readonly position: number,
    message: string,
  ) {
    super(message);
  }
}

export const MAX_QUERY_LENGTH = 1000;
const MAX_DEPTH = 10;
const MAX_CLAUSES = 64;

/**
 * Reads a query: words and "phrases" of the message, `field:value`, AND (or nothing), OR (or |), NOT (or -), and
 * parentheses. What comes out is made of {@link Expression} alone, at most 64 conditions, 10 levels deep.
 *
 * @param now what relative times count from, milliseconds since the epoch
 * @throws QueryError, and nothing else
 */
export function readQuery(text: string, now: number): Expression {
  if (text.length > MAX_QUERY_LENGTH)
    throw new QueryError(MAX_QUERY_LENGTH + 1, `at most ${MAX_QUERY_LENGTH} characters`);
  const parser = new Parser(text, now);
  return parser.parse();
}

/** Recursive descent: one method a level of precedence. Inside `field:( ... )` plain values belong to the field. */
class Parser {
  private readonly at: Cursor;
  private depth = 0;
  private clauses = 0;

  constructor(
    text: string,
    private readonly now: number,
  ) {
    this.at = { text, position: 0 };
  }

  parse(): Expression {
    const found = this.readOr(undefined);
    if (this.peek() === ')') this.fail('this closes nothing; remove it, or put it in quotes');
    return found;
  }

  private readOr(field: Field | undefined): Expression {
    const parts = [this.readAnd(field)];
    while (this.takeWord('OR') || this.take('|')) parts.push(this.readAnd(field));
    return anyOf(parts);
  }

  private readAnd(field: Field | undefined): Expression {
    const parts = [this.readNot(field)];
    while (this.takeWord('AND') || !this.atEndOfAnd()) parts.push(this.readNot(field));
    return allOf(parts);
  }

  private atEndOfAnd(): boolean {
    const next = this.peek();
    return next === undefined || next === ')' || next === '|' || this.isWord('OR');
  }

  private readNot(field: Field | undefined): Expression {
    let negated = false;
    while (this.takeWord('NOT') || this.take('-') || this.take('!')) negated = !negated;
    const part = this.readPrimary(field);
    return negated ? noneOf(part) : part;
  }

  private readPrimary(field: Field | undefined): Expression {
    const next = this.peek();
    if (next === undefined) this.fail('something is missing at the end');
    if (next === ')' || next === '|') this.fail(`something is missing before ${next}`);
    for (const word of ['AND', 'OR']) {
      if (this.isWord(word)) this.fail(`something is missing before ${word}; in quotes it is a word like others`);
    }
    if (this.take('(')) return this.readGroup(field);
    this.clauses += 1;
    if (this.clauses > MAX_CLAUSES) this.fail(`at most ${MAX_CLAUSES} conditions`);
    if (next === '"') return this.readPhrase(field ?? FIELDS.message);
    return this.readClause(field);
  }

  private readGroup(field: Field | undefined): Expression {
    const opened = this.at.position;
    this.depth += 1;
    if (this.depth > MAX_DEPTH) this.fail(`at most ${MAX_DEPTH} levels of parentheses`);
    const inner = this.readOr(field);
    if (!this.take(')')) this.fail('this parenthesis is not closed; close it, or put it in quotes', opened - 1);
    this.depth -= 1;
    return inner;
  }

  private readPhrase(field: Field): Expression {
    const start = this.at.position;
    const text = readQuoted(this.at);
    if (text === undefined) return this.fail('this quotation is not closed', start);
    return this.valued(start, () => exactValue(field, text));
  }

  /** `word`, or `field:` and what belongs to it. */
  private readClause(field: Field | undefined): Expression {
    const start = this.at.position;
    const word = readWord(this.at, field === undefined);
    if (!word.named) {
      if (field === undefined && word.raw === '*') return { kind: 'all' };
      return this.valued(start, () => readValue(field ?? FIELDS.message, word.raw, this.now));
    }
    const named = findField(word.raw);
    if (!named) this.fail(`there is no field ${shown(word.raw)}; put text with a colon in quotes`, start);
    return this.readFieldValue(named, shown(word.raw));
  }

  private readFieldValue(field: Field, name: string): Expression {
    const next = this.at.text[this.at.position];
    const start = this.at.position;
    if (next === undefined || /[\s)|]/.test(next))
      this.fail(`the value of ${name} is missing; write it behind the colon`);
    if (this.take('(')) return this.readGroup(field);
    if (next === '"') return this.readPhrase(field);
    const { raw } = readWord(this.at, false);
    return this.valued(start, () => readValue(field, raw, this.now));
  }

  private valued(start: number, read: () => Expression): Expression {
    try {
      return read();
    } catch (error) {
      if (error instanceof ValueError) return this.fail(error.message, start);
      throw error;
    }
  }

  private peek(): string | undefined {
    skipBlanks(this.at);
    return this.at.text[this.at.position];
  }

  private take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at.position += 1;
    return true;
  }

  /** An operator is a word of its own. */
  private isWord(word: string): boolean {
    skipBlanks(this.at);
    const { text, position } = this.at;
    const after = text[position + word.length];
    return text.startsWith(word, position) && (after === undefined || /[\s()|"]/.test(after));
  }

  private takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.at.position += word.length;
    return true;
  }

  private fail(message: string, position = this.at.position): never {
    throw new QueryError(position + 1, message);
  }
}

function shown(name: string): string {
  return name.slice(0, 40);
}
