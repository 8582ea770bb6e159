import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { scripts } from '../../package.json';
import { PIPELINE_ERRORS } from '../../src/domain/errors';
import { FATES } from '../../src/domain/ledger';
import { QUERIES, SIGNALS } from '../../src/workflows/contract';
import { DOCUMENTS, read, ROOT, section } from './documents';

const readme = read('README.md');

/** Names of headings as GitHub makes anchors of them. */
function anchorsOf(document: string): string[] {
  return [...document.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** The first cell of each row of a table, if it is nothing but code. */
function codeCells(text: string): string[] {
  return [...text.matchAll(/^\| ((?:`[^`|]+`(?:, )?)+) \|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([^`]+)`/g)].map(([, code]) => code!),
  );
}

describe.each(DOCUMENTS)('%s', (path) => {
  const text = read(path);

  it('names only make targets that exist', () => {
    const targets = new Set([...read('Makefile').matchAll(/^([a-z]+):/gm)].map(([, name]) => name));
    const named = [...text.matchAll(/(?:^|[`(])(?:STACK=\w+ )?make ([a-z]+)/gm)].map(([, name]) => name);
    expect(named.filter((name) => !targets.has(name))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('links only to what is there', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link!)
      .filter((link) => !/^https?:/.test(link));
    const broken = links.filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names no path of somebody’s machine', () => {
    expect(text).not.toMatch(/\/(?:home|Users|root|work)\//);
  });
});

describe('README.md', () => {
  it('has a layout of paths that exist', () => {
    const paths = codeCells(section(readme, '## Layout'));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('lists every error code with its verdict, and no other', () => {
    const rows = section(readme, '## Errors').matchAll(/^\| `(\w+)` \| (\w+) \| .+ \|$/gm);
    expect(Object.fromEntries([...rows].map(([, code, verdict]) => [code, verdict]))).toEqual(PIPELINE_ERRORS);
  });

  it('explains every fate', () => {
    const shown = FATES.map((fate) => fate.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
    const named = codeCells(section(readme, '## Guarantees'));
    expect(named.sort()).toEqual(shown.sort());
  });

  it('sends signals and queries that the workflows know', () => {
    const sent = [...readme.matchAll(/workflow signal .*--name ([\w-]+)/g)].map(([, name]) => name);
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.filter((name) => !Object.values<string | undefined>(SIGNALS).includes(name))).toEqual([]);
    const asked = [...readme.matchAll(/workflow query .*--type (\w+)/g)].map(([, name]) => name);
    expect(asked).toEqual([QUERIES.state]);
  });
});

describe('CONTRIBUTING.md', () => {
  it('has a wall for every folder of src that lint has one for', () => {
    const lint = [...read('eslint.config.mjs').matchAll(/^ {2}(\w+): \[/gm)].map(([, folder]) => `src/${folder}`);
    const named = codeCells(section(read('CONTRIBUTING.md'), '## Where things are'));
    expect(lint.filter((folder) => existsSync(join(ROOT, folder)) && !named.includes(folder))).toEqual([]);
  });
});

describe('docs/decisions', () => {
  const decisions = DOCUMENTS.filter((path) => path.startsWith('docs/decisions/'));

  test.each(decisions)('%s is numbered, short, and has its three parts', (path) => {
    const text = read(path);
    const number = /\/(\d{3})-[a-z0-9-]+\.md$/.exec(path)?.[1];
    expect(text.startsWith(`# ${number}: `)).toBe(true);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
      'Context',
      'Decision',
      'Consequences',
    ]);
  });

  it('are numbered without holes', () => {
    const numbers = decisions.map((path) => Number(/(\d{3})-/.exec(path)?.[1]));
    expect(numbers).toEqual(decisions.map((_path, index) => index + 1));
  });
});
