import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  dataFolderOf,
  killPrivateServer,
  startPrivateServer,
  stopPrivateServer,
  type PrivateServers,
  type ServerName,
} from '../../local/private-servers/private-servers';
import { readPids } from '../../local/private-servers/pids';
import { isAlive, type ProcessIdentity } from '../../local/system/process-identity';
import { occupies, type Fault } from '../plan/faults';
import type { ScheduledFault } from '../plan/plan';
import type { WorkerLinks } from './links';
import type { ChaosWorker } from './workers';

/** What faults are brought upon. */
export interface Targets {
  servers: PrivateServers;
  workers: ChaosWorker[];
  links: WorkerLinks[];
}

/** A fault as it went, in ms from the start of the load. */
export interface InjectedFault {
  kind: string;
  worker?: number;
  planned: number;
  began: number;
  /** When its target served again, or the link was healed. */
  ended: number;
}

/**
 * Brings a schedule upon its targets and returns when every fault has ended and its target serves again. Faults on the
 * same target come one after the other.
 */
export async function injectFaults(
  schedule: readonly ScheduledFault[],
  targets: Targets,
  signal: AbortSignal,
  onFault: (line: string) => void,
): Promise<InjectedFault[]> {
  const startedAt = Date.now();
  const elapsed = () => Date.now() - startedAt;
  const queues = new Map<string, Promise<void>>();
  const injected: InjectedFault[] = [];
  const one = async ({ at, lasts, kind, fault }: ScheduledFault) => {
    if (signal.aborted) return;
    const began = elapsed();
    onFault(`${kind}${'worker' in fault ? ` (worker ${fault.worker})` : ''} at ${began} ms for ${lasts} ms`);
    await bringAbout(fault, lasts, targets, signal);
    injected.push({
      kind,
      ...('worker' in fault ? { worker: fault.worker } : {}),
      planned: at,
      began,
      ended: elapsed(),
    });
  };
  await Promise.all(
    schedule.map(async (scheduled) => {
      await pause(scheduled.at, signal);
      const target = occupies(scheduled.fault);
      const turn = (queues.get(target) ?? Promise.resolve()).then(() => one(scheduled));
      queues.set(
        target,
        turn.catch(() => undefined),
      );
      await turn;
    }),
  );
  return injected.sort((a, b) => a.began - b.began);
}

async function bringAbout(fault: Fault, lasts: number, targets: Targets, signal: AbortSignal): Promise<void> {
  switch (fault.on) {
    case 'link': {
      const link = targets.links[fault.worker]!.links[fault.link];
      link.fault = fault.fault;
      await pause(lasts, signal);
      link.fault = undefined;
      return;
    }
    case 'http': {
      const { http } = targets.links[fault.worker]!;
      http.fault = fault.fault;
      await pause(lasts, signal);
      http.fault = undefined;
      return;
    }
    case 'database':
      await killPrivateServer(targets.servers, 'temporal');
      rmSync(dataFolderOf(targets.servers, 'temporal'), { recursive: true, force: true });
      await pause(lasts, signal);
      await startPrivateServer(targets.servers, 'temporal');
      return;
    case 'worker':
      await strike(targets.workers[fault.worker]!, fault.action, lasts, signal);
      return;
    case 'server':
      await strike(serverControl(fault.server, targets.servers), fault.action, lasts, signal);
  }
}

/** A process that can be struck. */
interface Control {
  readonly identity: ProcessIdentity | undefined;
  kill(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

function serverControl(name: ServerName, servers: PrivateServers): Control {
  return {
    get identity() {
      return readPids(servers.folder)[name];
    },
    kill: () => killPrivateServer(servers, name),
    stop: () => stopPrivateServer(servers, name),
    start: () => startPrivateServer(servers, name),
  };
}

async function strike(
  control: Control,
  action: 'kill' | 'freeze' | 'restart',
  lasts: number,
  signal: AbortSignal,
): Promise<void> {
  if (action === 'freeze') {
    const { identity } = control;
    if (!identity || !isAlive(identity)) return;
    process.kill(identity.pid, 'SIGSTOP');
    try {
      await pause(lasts, signal);
    } finally {
      if (isAlive(identity)) process.kill(identity.pid, 'SIGCONT');
    }
    return;
  }
  await (action === 'kill' ? control.kill() : control.stop());
  await pause(lasts, signal);
  await control.start();
}

/** Sleeps, or not any longer once the run is called off. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
