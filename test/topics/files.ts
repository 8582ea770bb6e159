import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config';
import { checkTopics } from '../../src/topics/load-topics';
import { PipelineFileError } from '../../src/topics/pipeline-file-error';

/** A folder of its own for the files of a test, which goes with it. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-topics-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    path: (name: string) => join(folder, name),
    write(name: string, content: string | Buffer): string {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
  };
}

export const base = loadConfig({});
/** The configurations that a text stands for. */
export const topicsOf = (text: string, env: Record<string, string> = {}) =>
  checkTopics('p.yaml', text, loadConfig(env));

/** What is wrong with a text, a line each. */
export function problemsOf(text: string, env: Record<string, string> = {}): readonly string[] {
  try {
    topicsOf(text, env);
  } catch (error) {
    if (error instanceof PipelineFileError) return error.problems;
    throw error;
  }
  throw new Error('the file was accepted');
}
