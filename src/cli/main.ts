#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { hostname, userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import { version } from '../../package.json';
import type * as LocalToolsModule from '../local-tools';
import type * as pipelineFile from '../pipeline-file';
import type * as schema from '../topics/schema';
import { CliFailure, EXIT } from './failures';
import { runCli } from './program';
import type { PipelineFiles } from './verbs/config';

const load = createRequire(__filename);

// Whoever reads the output may stop early, as `head` does: that is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.ok);
  });
}

/** A process in a container may have no user of a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'user');
  }
}

/** Only for the first signal: whoever sends a second one does not want to wait. */
function onInterrupt(stop: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const undo = () => signals.forEach((signal) => process.off(signal, once));
  const once = () => {
    undo();
    stop();
  };
  signals.forEach((signal) => process.on(signal, once));
  return undo;
}

async function readText(path: string): Promise<string> {
  if (path === '-') return text(process.stdin);
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliFailure(EXIT.usage, `cannot read ${path}: ${(error as Error).message}`);
  });
}

/** Loaded when asked for: it costs as much as all the rest. */
const pipelineFiles: PipelineFiles = {
  check: async (file) => (load('../pipeline-file') as typeof pipelineFile).describePipelineFile(file, process.env),
  schema: async () => (load('../topics/schema') as typeof schema).pipelineFileSchema(),
};

void runCli(process.argv.slice(2), {
  ...{ out: process.stdout, err: process.stderr, env: process.env, version, readText, pipelineFiles },
  user: `${userName()}@${hostname()}`.slice(0, 100),
  stdin: process.stdin,
  // Loaded by the verbs that need it: the others answer at once.
  openTools: async () => (load('../local-tools') as typeof LocalToolsModule).openLocalTools(process.env),
  onInterrupt,
}).then((code) => (process.exitCode = code));
