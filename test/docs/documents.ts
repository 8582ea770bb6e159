import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** Every document of the project, as paths from its root. */
export const DOCUMENTS = [
  'README.md',
  'QUICKSTART.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'), { encoding: 'utf8', recursive: true })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`)
    .sort(),
];

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The part of a document under a heading, up to the next one of its level. */
export function section(document: string, heading: string): string {
  const level = heading.split(' ')[0]!;
  const from = document.indexOf(`\n${heading}\n`);
  if (from < 0) throw new Error(`no heading ${heading}`);
  const rest = document.slice(from + heading.length + 2);
  const end = rest.search(new RegExp(`^${level} `, 'm'));
  return end < 0 ? rest : rest.slice(0, end);
}
