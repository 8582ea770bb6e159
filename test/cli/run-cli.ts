import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { runCli } from '../../src/cli/program';
import type { Surroundings } from '../../src/cli/session';
import { describePipelineFile } from '../../src/pipeline-file';
import { pipelineFileSchema } from '../../src/topics/schema';
import type { AppDeps } from '../../src/api/ports';
import { createTestApp } from '../api/fakes';

/** What one run of the command has shown. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface Given {
  tty?: boolean;
  env?: NodeJS.ProcessEnv;
  files?: Record<string, string>;
  /** What else the process would hand in. */
  more?: Partial<Surroundings>;
}

const servers: Server[] = [];

/** Stops every API that a test has started. */
export function stopApis(): void {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
}

/** An HTTP server on a free port. */
export async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The real API over ports in memory. */
export function startApi(changes: Partial<AppDeps> = {}): Promise<string> {
  return listen(createTestApp(changes).callback());
}

/** Runs the command in this process, its output caught. */
export async function sluice(
  url: string,
  args: string[],
  { tty = false, env = {}, files = {}, more = {} }: Given = {},
) {
  const out = caught(tty);
  const err = caught(tty);
  const code = await runCli(args, {
    ...{ out: out.stream, err: err.stream, user: 'tester@here', version: '1.2.3' },
    env: { SLUICE_URL: url, ...env },
    readText: async (path) => files[path] ?? '',
    pipelineFiles: {
      check: (file) => describePipelineFile(file, {}),
      schema: async () => pipelineFileSchema(),
    },
    ...more,
  });
  return { code, out: out.text(), err: err.text() } satisfies Ran;
}

function caught(tty: boolean) {
  const chunks: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const terminal = {
    // As a pipe has it: not false, but absent.
    isTTY: tty || undefined,
    columns: 120,
    cursorTo: () => true,
    clearLine: () => true,
    clearScreenDown: () => true,
  };
  return { stream: Object.assign(stream, terminal) as unknown as NodeJS.WriteStream, text: () => chunks.join('') };
}
