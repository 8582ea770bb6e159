import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Shorter ones could be tried out. */
export const MIN_SECRET = 16;

export interface CursorSecretSettings {
  cursorSecret?: string | undefined;
  cursorSecretFile?: string | undefined;
}

/**
 * The secrets of the cursors, the one that signs first: as it is given, out of the file, or made for this process alone. A
 * file that is not there is made, for its owner alone.
 *
 * @throws Error that names the setting and the file, never what stands in it
 */
export function readCursorSecrets({ cursorSecret, cursorSecretFile }: CursorSecretSettings): (string | Buffer)[] {
  if (cursorSecret !== undefined) return [cursorSecret];
  if (cursorSecretFile === undefined) return [randomBytes(32)];
  try {
    return readSecrets(cursorSecretFile) ?? makeSecret(cursorSecretFile);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new Error(`API_CURSOR_SECRET_FILE: the file ${cursorSecretFile} cannot be used: ${reason}`, { cause: error });
  }
}

/** @returns undefined when there is no file */
function readSecrets(file: string): string[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const secrets = text.split(/\r?\n/).filter((line) => line !== '');
  if (secrets.length === 0 || secrets.some((secret) => secret.length < MIN_SECRET)) {
    throw new Error(`each line must have at least ${MIN_SECRET} characters`);
  }
  return secrets;
}

/** Whole or not at all: of several processes that begin at once, all get what the first one made. */
function makeSecret(file: string): string[] {
  const made = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(made, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(made, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(made, { force: true });
  }
  return readSecrets(file) ?? [];
}
