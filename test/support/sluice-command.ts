import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../local/project';
import { createTemporalWorkflows } from '../../src/api/pipeline/temporal-workflows';
import { createOffsetReader } from '../../src/kafka/offsets';
import { createTestApp } from '../api/fakes';
import type { TestPipeline } from './pipeline';

const run = promisify(execFile);

/** Runs the `sluice` command as a process, against an API; gives what it printed, and fails as it does. */
export async function sluice(url: string, args: string[]): Promise<string> {
  const command = ['--require', 'tsx/cjs', join('src', 'cli', 'main.ts'), ...args];
  const env = { ...process.env, SLUICE_URL: url };
  return (await run(process.execPath, command, { cwd: projectRoot(), env })).stdout;
}

/** An API over a test's pipeline, as far as operations need it. */
export interface OperationsApi {
  url: string;
  close(): Promise<void>;
}

export async function openOperationsApi({ topic, kafka, temporal }: TestPipeline): Promise<OperationsApi> {
  const partitions = 1;
  const settings = { topic, groupId: topic, partitions, namespace: 'default', uiUrl: 'http://ui', corsOrigins: [] };
  const workflows = createTemporalWorkflows(temporal, partitions);
  const offsets = createOffsetReader(kafka);
  const server = createServer(createTestApp({ settings, workflows, offsets }).callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await offsets.close();
    },
  };
}
