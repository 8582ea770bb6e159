import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Runtime, type TelemetryOptions } from '@temporalio/worker';
import type { Logger } from '../logger';
import { temporalLogger } from './temporal-logger';

/** Another process may take the port between the moment it was found free and the one it is used. */
const PORT_ATTEMPTS = 3;
const READ_TIMEOUT_MS = 2000;

/**
 * Installs Temporal's runtime with our logger and its metrics. The core serves them on a free loopback port of its own,
 * for this process to read; without such a port it runs without metrics.
 *
 * @returns reads Temporal's metrics in Prometheus's text format; empty when there are none
 */
export async function installTemporalRuntime(logger: Logger): Promise<() => Promise<string>> {
  for (let attempt = 1; attempt <= PORT_ATTEMPTS; attempt += 1) {
    const port = await freePort();
    try {
      install(logger, {
        metrics: {
          prometheus: {
            bindAddress: `127.0.0.1:${port}`,
            countersTotalSuffix: true,
            unitSuffix: true,
            useSecondsForDurations: true,
          },
        },
      });
      return () => readMetrics(port);
    } catch (error) {
      logger.warn({ port, reason: (error as Error).message }, 'no port for the metrics of temporal');
    }
  }
  install(logger, {});
  return async () => '';
}

function install(logger: Logger, telemetry: TelemetryOptions): void {
  Runtime.install({
    shutdownSignals: [],
    logger: temporalLogger(logger),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} }, ...telemetry },
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function readMetrics(port: number): Promise<string> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(READ_TIMEOUT_MS) });
    return answer.ok ? await answer.text() : '';
  } catch {
    return '';
  }
}
