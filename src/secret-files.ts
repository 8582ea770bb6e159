import { readFileSync } from 'node:fs';

/** What is wrong with a file that a variable names: one line, or none; never what stands in it. */
export function unreadable(name: string, file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim() === '' ? [`${name}: the file ${file} is empty`] : [];
  } catch (error) {
    return [`${name}: the file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`];
  }
}

/** A secret that is given as it is or in a file, whose last line feed does not count. @throws Error of the file system */
export function readSecret(secret: string | undefined, file: string | undefined): string | undefined {
  return secret ?? (file === undefined ? undefined : readFileSync(file, 'utf8').replace(/\r?\n$/, ''));
}
