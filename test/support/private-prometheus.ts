import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrometheusPrograms } from '../../local/fetch/fetch-prometheus';
import { freePorts } from '../../local/system/ports';
import { OBSERVABILITY } from './observability';
import { waitFor } from './wait-for';

/** A target that wants a key, as Prometheus's own configuration says it. */
interface KeyedJob {
  target: string;
  authorization: { credentials_file: string };
}

/** A real Prometheus with our alert rules, which scrapes these addresses and evaluates them every second. */
export class PrivatePrometheus {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-prometheus-'));
  #base = '';
  #stop = async () => {};

  async start({ prometheus }: PrometheusPrograms, jobs: Record<string, string | KeyedJob>): Promise<void> {
    cpSync(join(OBSERVABILITY, 'prometheus', 'alerts.yml'), join(this.#folder, 'alerts.yml'));
    const scrape = Object.entries(jobs).map(([job_name, job]) => {
      const { target, ...rest } = typeof job === 'string' ? { target: job } : job;
      return { job_name, ...rest, static_configs: [{ targets: [target] }] };
    });
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['alerts.yml'],
      scrape_configs: scrape,
    };
    // JSON is YAML.
    writeFileSync(join(this.#folder, 'prometheus.yml'), JSON.stringify(config));
    const [port] = await freePorts(1);
    this.#base = `http://127.0.0.1:${port}`;
    const child = spawn(
      prometheus,
      ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${port}`],
      { cwd: this.#folder, stdio: 'ignore' },
    );
    this.#stop = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
    await waitFor(async () => (await fetch(`${this.#base}/-/ready`).catch(() => undefined))?.ok, 30_000);
  }

  /** The samples that a query gives now. @throws Error with Prometheus's words when it is none */
  async query(expr: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const answer = await fetch(`${this.#base}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const body = (await answer.json()) as { status: string; error?: string; data: { result: never[] } };
    if (body.status !== 'success') throw new Error(`${expr}: ${body.error}`);
    return body.data.result;
  }

  /** Health of each alert rule, `ok` once it was evaluated, and whether it fires. */
  async rules(): Promise<{ name: string; health: string; state: string }[]> {
    const answer = await fetch(`${this.#base}/api/v1/rules`);
    const { data } = (await answer.json()) as { data: { groups: { rules: never[] }[] } };
    return data.groups.flatMap(({ rules }) => rules);
  }

  async close(): Promise<void> {
    await this.#stop();
    rmSync(this.#folder, { recursive: true });
  }
}
