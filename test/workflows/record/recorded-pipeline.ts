import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePorts } from '../../../local/system/ports';
import { projectRoot } from '../../../local/project';
import { TestPipeline } from '../../support/pipeline';
import { waitFor } from '../../support/wait-for';

/** A pipeline of small batches and short runs, one worker, and its API as a process. */
export class RecordedPipeline extends TestPipeline {
  #api: ChildProcess | undefined;
  #url = '';

  constructor() {
    super({ KAFKA_PARTITIONS: '2', BATCH_MAX_RECORDS: '100', CONTINUE_AS_NEW_BATCHES: '5' });
  }

  async open(): Promise<void> {
    await this.createTopic(2);
    this.startWorker();
    const [port] = await freePorts(1);
    this.#url = `http://127.0.0.1:${port}`;
    const program = ['--require', 'tsx/cjs', join('src', 'api', 'main.ts')];
    const env = { ...this.env, API_PORT: String(port) };
    this.#api = spawn(process.execPath, program, { cwd: projectRoot(), env, stdio: 'ignore' });
    await waitFor(() => this.get('/pipeline'), 90_000);
    for (const partition of [0, 1]) await waitFor(() => this.partitionState(partition), 90_000);
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>(path, { method: 'GET' });
  }

  post<T = { id: string; operation: string; url: string }>(path: string, body: object = {}): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    return this.#ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async #ask<T>(path: string, request: RequestInit): Promise<T> {
    const answer = await fetch(this.#url + path, request);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  override async close(): Promise<void> {
    if (this.#api?.exitCode === null && this.#api.kill()) await once(this.#api, 'exit');
    await super.close();
  }
}
