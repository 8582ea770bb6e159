import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../system/run-command';
import { fetchOnce, type Progress } from './fetch-once';

/** Prometheus and its tool, which tests rules. */
export interface PrometheusPrograms {
  prometheus: string;
  promtool: string;
}

const LIMIT_MS = 180_000;

/**
 * Prometheus from the PATH, or else Debian's package, unpacked into the local folder: nothing is installed and no
 * root is needed. Only tests and `npm run alerts:check` use it.
 *
 * @throws Error when it is neither on the PATH nor to be had with apt-get
 */
export async function obtainPrometheus(localFolder: string, progress: Progress): Promise<PrometheusPrograms> {
  if (await onPath()) return { prometheus: 'prometheus', promtool: 'promtool' };
  const folder = join(localFolder, 'servers', 'prometheus-debian');
  await fetchOnce(folder, 'Prometheus', progress, async (work) => {
    progress('Prometheus: fetching');
    const apt = await prepareApt(join(work, 'apt'));
    await apt('update');
    await apt('download', 'prometheus');
    const archive = readdirSync(join(work, 'apt')).find((name) => name.endsWith('.deb'));
    if (!archive) throw new Error('apt-get brought no package');
    await runCommand('dpkg-deb', ['-x', join(work, 'apt', archive), join(work, 'root')]);
    for (const name of ['prometheus', 'promtool']) renameSync(join(work, 'root', 'usr', 'bin', name), join(work, name));
    for (const name of ['apt', 'root']) rmSync(join(work, name), { recursive: true });
  });
  return { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') };
}

async function onPath(): Promise<boolean> {
  // Without a limit: Node keeps its timer when a program is missing, and the process alive with it.
  const found = ['prometheus', 'promtool'].map((name) => runCommand(name, ['--version']));
  return (await Promise.allSettled(found)).every(({ status }) => status === 'fulfilled');
}

/** apt-get with lists and cache of its own below `folder`, so that it needs no right to the system's. */
async function prepareApt(folder: string): Promise<(...args: string[]) => Promise<string>> {
  for (const name of ['state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  const options = [
    `Dir::State=${join(folder, 'state')}`,
    'Dir::State::Status=/var/lib/dpkg/status',
    `Dir::Cache=${join(folder, 'cache')}`,
    'APT::Sandbox::User=root',
    'Acquire::Retries=2',
  ].flatMap((option) => ['-o', option]);
  return (...args) => runCommand('apt-get', [...options, ...args], { cwd: folder, timeoutMs: LIMIT_MS });
}
