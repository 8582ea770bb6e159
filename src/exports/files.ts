import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PipelineError } from '../domain/errors';

/** Files that are there as a whole or not at all, for their owner alone. */

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What the system says of a file of ours, as one of our errors; what is no such word stays as it is. */
export function asFolderError(error: unknown): unknown {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof PipelineError || typeof code !== 'string' || syscall === undefined) return error;
  if (FULL.has(code)) return new PipelineError('export_disk_full', `the disk of EXPORT_FOLDER is full (${code})`);
  return new PipelineError('export_folder_unusable', `EXPORT_FOLDER cannot be used: ${syscall} failed with ${code}`);
}

/** @throws PipelineError export_disk_full, export_folder_unusable; else what `run` throws */
export async function inFolder<T>(run: () => Promise<T>): Promise<T> {
  return run().catch((error: unknown) => {
    throw asFolderError(error);
  });
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** A name beside `path` that nobody else uses and that no reader looks at. */
export function besides(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.tmp`;
}

/** @returns undefined when there is no such file */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Replaces a file, or makes it. */
export async function writeWhole(path: string, value: unknown): Promise<void> {
  const beside = await writeBeside(path, value);
  await rename(beside, path).catch(async (error: unknown) => {
    await rm(beside, { force: true });
    throw error;
  });
}

/** Makes a file; false, and nothing done, when there is one already, be it of another process or machine. */
export async function writeOnce(path: string, value: unknown): Promise<boolean> {
  const beside = await writeBeside(path, value);
  try {
    await link(beside, path);
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(beside, { force: true });
  }
}

async function writeBeside(path: string, value: unknown): Promise<string> {
  const beside = besides(path);
  try {
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(value));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  return beside;
}

/** Makes sure that names of the folder outlast a loss of power. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}
