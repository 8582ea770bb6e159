import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePorts } from '../../local/system/ports';
import { projectRoot } from '../../local/project';
import type { TestPipeline } from '../../test/support/pipeline';
import { waitFor } from '../../test/support/wait-for';
import { endWithUs } from '../end-with-us';

/** What `POST /pipeline/...` answered, and when. */
export interface OrderAnswer {
  status: number;
  /** By the clock, in ms. */
  orderedAt: number;
  answeredAt: number;
  states: string[];
}

/** The API as it is shipped, as a process of its own. */
export interface PauseApi {
  order(name: 'pause' | 'resume'): Promise<OrderAnswer>;
  close(): Promise<void>;
}

export async function startApi(pipeline: TestPipeline): Promise<PauseApi> {
  const [port] = await freePorts(1);
  const api = endWithUs(
    spawn(process.execPath, ['dist/src/api/main.js'], {
      cwd: projectRoot(),
      env: { ...pipeline.env, API_PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  const url = `http://127.0.0.1:${port}/pipeline`;
  await waitFor(async () => (await fetch(url)).ok, 60_000);
  return {
    async order(name) {
      const orderedAt = Date.now();
      const answer = await fetch(`${url}/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"reason": "pause:check"}',
      });
      const { partitions } = (await answer.json()) as { partitions: { status: string }[] };
      const answeredAt = Date.now();
      return { status: answer.status, orderedAt, answeredAt, states: partitions.map(({ status }) => status) };
    },
    async close() {
      api.kill();
      if (api.exitCode === null) await once(api, 'exit');
    },
  };
}
