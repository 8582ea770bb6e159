import { isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { z } from 'zod';
import { PipelineFileError } from './pipeline-file-error';
import { pipelineFile, type PipelineFile } from './schema';

/** A way into a file: names and places, from the top. */
export type FilePath = readonly PropertyKey[];

/** A file that has the right form. */
export interface ParsedFile {
  content: PipelineFile;
  /** A problem as a line of a {@link PipelineFileError}: its line and column, the way to it, what is wrong. */
  problemAt(path: FilePath, what: string): string;
}

/** An anchor may be used this often, all in all: a file of a few lines could unfold to gigabytes. */
const MAX_ALIASES = 100;

/**
 * Reads a text in YAML, of which JSON is a part, by the schema.
 *
 * @throws PipelineFileError with everything that is wrong
 */
export function parsePipelineText(file: string, text: string): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(file, text, lines);
  const problemAt = (path: FilePath, what: string) => describe(document, lines, path, what);
  const checked = pipelineFile.safeParse(toValue(file, document));
  if (checked.success) return { content: checked.data, problemAt };
  throw new PipelineFileError(
    file,
    checked.error.issues.flatMap((issue) => pathsOf(issue).map((path) => problemAt(path, messageOf(issue)))),
  );
}

function parseDocument(file: string, text: string, lineCounter: LineCounter): Document {
  const refuse = (problems: string[]) => new PipelineFileError(file, problems);
  let documents;
  try {
    documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, uniqueKeys: true });
  } catch {
    // The parser has no other error than a stack that is too deep.
    throw refuse([': is nested too deeply']);
  }
  const [document, second] = [...documents];
  if (!document || document.contents === null) throw refuse([': is empty; at least one topic is wanted']);
  if (second) throw refuse([`${place(lineCounter, second.range?.[0])}: a second document begins; one is wanted`]);
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0)
    throw refuse(wrong.map(({ pos, message }) => `${place(lineCounter, pos[0])}: ${oneLine(message)}`));
  return document;
}

function toValue(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const why = error instanceof RangeError ? 'is nested too deeply' : oneLine((error as Error).message);
    throw new PipelineFileError(file, [`: ${why}`]);
  }
}

type Issue = z.core.$ZodIssue;

/** Each unknown name has a place of its own. */
function pathsOf(issue: Issue): FilePath[] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

function messageOf({ code, message, ...issue }: Issue): string {
  if (code !== 'invalid_type' || !('expected' in issue)) return message;
  const wanted = { object: 'names with values', array: 'a list', string: 'text', int: 'a whole number' } as const;
  const name = wanted[issue.expected as keyof typeof wanted];
  return name === undefined || message.startsWith('must') ? message : `${name} is wanted here`;
}

/** `:3:5 topics[0].scoring.warn: must be a whole number from 0 to 100`. */
function describe(document: Document, lines: LineCounter, path: FilePath, what: string): string {
  const way = path.map((one) => (typeof one === 'number' ? `[${one}]` : `.${shown(one)}`)).join('');
  const where = place(lines, offsetOf(document, path));
  return way === '' ? `${where}: ${what}` : `${where} ${way.replace(/^\./, '')}: ${what}`;
}

/** Where a value stands, its name if it has one; of what is not there, what should hold it. */
function offsetOf(document: Document, path: FilePath): number | undefined {
  let node: unknown = document.contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const one of path) {
    let next: unknown;
    let start: unknown;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(one));
      [next, start] = [pair?.value, pair?.key];
    } else if (isSeq(node) && typeof one === 'number') next = start = node.items[one];
    if (!isNode(start)) return offset;
    offset = start.range?.[0] ?? offset;
    node = next;
  }
  return offset;
}

function place(lines: LineCounter, offset: number | undefined): string {
  if (offset === undefined) return '';
  const { line, col } = lines.linePos(offset);
  return `:${line}:${col}`;
}

const MAX_SHOWN = 60;

function shown(name: PropertyKey): string {
  return oneLine(String(name)).slice(0, MAX_SHOWN);
}

/** The parser quotes the file, control characters too. */
function oneLine(message: string): string {
  // eslint-disable-next-line no-control-regex
  return message.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}
