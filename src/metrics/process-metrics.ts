import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/**
 * A registry with what every process of Sluice says of itself: CPU, memory, event loop delay, garbage collection under
 * their usual names, and which version it runs.
 */
export function createProcessRegistry(process: 'worker' | 'api', version: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'sluice_build_info',
    help: 'Always 1: the version of this process.',
    labelNames: ['process', 'version'],
    registers: [registry],
  }).set({ process, version }, 1);
  return registry;
}
