import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCursorSecrets } from '../../../src/api/logs/cursor-secrets';
import { loadConfig } from '../../../src/config';

const folder = mkdtempSync(join(tmpdir(), 'sluice-cursors-'));
const file = join(folder, 'cursor-secret');
afterEach(() => rmSync(file, { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the secrets of the cursors', () => {
  it('are the one that is given, or one that dies with the process', () => {
    expect(readCursorSecrets({ cursorSecret: 'open sesame, cursor' })).toEqual(['open sesame, cursor']);
    expect(readCursorSecrets({})[0]).toHaveLength(32);
    expect(readCursorSecrets({})).not.toEqual(readCursorSecrets({}));
  });

  it('are made in a file that is not there, for its owner alone, and stay', () => {
    const made = readCursorSecrets({ cursorSecretFile: file });
    expect(String(made[0])).toMatch(/^[\w-]{43}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readCursorSecrets({ cursorSecretFile: file })).toEqual(made);
    expect(readdirSync(folder)).toEqual(['cursor-secret']);
  });

  it('are all lines of the file, the first of them first', () => {
    writeFileSync(file, 'the new one, which signs\nthe one of before\n');
    expect(readCursorSecrets({ cursorSecretFile: file })).toEqual(['the new one, which signs', 'the one of before']);
    expect(readFileSync(file, 'utf8')).toContain('the one of before');
  });

  it.each([
    ['is empty', () => writeFileSync(file, '\n')],
    ['holds a short secret', () => writeFileSync(file, 'canary\n')],
    ['is a folder', () => mkdirSync(file)],
  ])('are refused when the file %s, without a word of it', (_, make) => {
    make();
    const read = () => readCursorSecrets({ cursorSecretFile: file });
    expect(read).toThrow(/API_CURSOR_SECRET_FILE/);
    expect(read).not.toThrow(/canary/);
  });

  it('are refused when the folder is not there', () => {
    const cursorSecretFile = join(folder, 'nowhere', 'cursor-secret');
    expect(() => readCursorSecrets({ cursorSecretFile })).toThrow(/API_CURSOR_SECRET_FILE.*ENOENT/);
  });

  it('cannot be given in two ways', () => {
    const both = { API_CURSOR_SECRET: 'open sesame, cursor', API_CURSOR_SECRET_FILE: file };
    expect(() => loadConfig(both)).toThrow('API_CURSOR_SECRET and API_CURSOR_SECRET_FILE: set one of them');
  });
});
