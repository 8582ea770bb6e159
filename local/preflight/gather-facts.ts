import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { programsIn } from '../fetch/programs';
import { portsOf, type StackSettings } from '../stack-settings';
import { findJdk } from '../system/find-jdk';
import { isPortFree } from '../system/ports';
import { CommandError, runCommand } from '../system/run-command';
import { findPortHolder } from './find-port-holder';
import type { Facts } from './find-problems';

const MIB = 1024 * 1024;

/** Looks at everything that could keep the stack from starting. Starts nothing that stays. */
export async function gatherFacts(settings: StackSettings): Promise<Facts> {
  const programs = programsIn(settings.localFolder);
  const jarsFetched = existsSync(programs.kafkaLib) && existsSync(programs.elasticsearchHome);
  const cliFetched = existsSync(programs.temporalCli);
  const [takenPorts, hasMaven, hasPython] = await Promise.all([
    findTakenPorts(settings),
    jarsFetched || runs('mvn', ['--version']),
    cliFetched || runs('python3', ['-c', 'import venv, ensurepip']),
  ]);
  mkdirSync(settings.dataFolder, { recursive: true });
  const disk = statfsSync(settings.dataFolder);
  return {
    nodeVersion: process.versions.node,
    hasJdk: findJdk(process.env) !== undefined,
    hasMaven,
    hasPython,
    takenPorts,
    // macOS counts only pages that nobody uses as free, which says little.
    availableMemoryMb: process.platform === 'linux' ? process.availableMemory() / MIB : undefined,
    neededMemoryMb: settings.SLUICE_KAFKA_HEAP_MB + settings.SLUICE_ELASTICSEARCH_HEAP_MB + 1_000,
    freeDiskMb: (disk.bavail * disk.bsize) / MIB,
    neededDiskMb: jarsFetched && cliFetched ? 2_000 : 3_000,
    dataFolder: settings.dataFolder,
  };
}

async function findTakenPorts(settings: StackSettings): Promise<Facts['takenPorts']> {
  const taken: Facts['takenPorts'] = [];
  for (const used of portsOf(settings)) {
    if (!(await isPortFree(used.port))) taken.push({ ...used, holder: await findPortHolder(used.port) });
  }
  return taken;
}

async function runs(command: string, args: string[]): Promise<boolean> {
  try {
    await runCommand(command, args, { timeoutMs: 30_000 });
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}
