import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../local/project';
import { freePorts } from '../../local/system/ports';
import { makeKey } from '../../src/keys/key';
import { changeKeys } from '../../src/keys/key-file';
import { generatedMessages } from '../../test/support/log-records';
import { TestPipeline } from '../../test/support/pipeline';
import { waitFor } from '../../test/support/wait-for';

const RECORDS = 2000;
const REJECTED = 5;
const PARTITIONS = 2;
const READY_MS = 180_000;

/** An API with data behind it, and a key for all of it. */
export interface FuzzedApi {
  url: string;
  key: string;
  stop(): Promise<void>;
}

/** Starts a pipeline with logs and dead letters, and an API that asks for keys, on the servers of the tests. */
export async function startFuzzedApi(): Promise<FuzzedApi> {
  const pipeline = new TestPipeline({ KAFKA_PARTITIONS: String(PARTITIONS) });
  const folder = mkdtempSync(join(tmpdir(), 'sluice-fuzz-'));
  let api: ChildProcess | undefined;
  const stop = async () => {
    api?.kill();
    if (api?.exitCode === null) await once(api, 'exit');
    await pipeline.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { key, stored } = makeKey({ name: 'fuzz', scope: 'admin' }, new Date());
    const keys = join(folder, 'keys.json');
    await changeKeys(keys, () => [[stored], undefined]);
    await pipeline.createTopic(PARTITIONS);
    const broken = Array.from({ length: REJECTED }, (_, index) => ({ value: `not json ${index}` }));
    await pipeline.produce([...generatedMessages(RECORDS), ...broken]);
    pipeline.startWorker();
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    api = spawn(process.execPath, ['--require', 'tsx/cjs', join('src', 'api', 'main.ts')], {
      cwd: projectRoot(),
      env: {
        ...pipeline.env,
        ...{ API_PORT: String(port), API_KEYS_FILE: keys },
        // How many requests are made is not what is tried.
        ...{ API_RATE_LIMIT: '0', API_HEAVY_AT_ONCE: '0' },
        // A stream is answered when it ends.
        ...{ API_TAIL_MAX_MS: '100' },
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const found = async () => {
      if (api!.exitCode !== null) throw new Error(`the API ended with ${api!.exitCode}`);
      const answer = await fetch(`${url}/logs?size=1`, { headers: { Authorization: `Bearer ${key}` } });
      const { total } = (await answer.json()) as { total?: { value: number } };
      return total?.value === RECORDS;
    };
    await waitFor(() => found().catch(rethrowEnd), READY_MS);
    return { url, key, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Until it listens it refuses connections; that it has ended is no reason to wait. */
function rethrowEnd(error: unknown): false {
  if (error instanceof Error && error.message.startsWith('the API ended')) throw error;
  return false;
}
