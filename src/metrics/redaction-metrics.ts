import { Counter, type Registry } from 'prom-client';

/** Secrets that this worker has taken out of records, by rule: those that are switched on are there from the start with 0. */
export function createRedactionMetrics(registry: Registry, topic: string, redacted: ReadonlyMap<string, number>): void {
  new Counter({
    name: 'sluice_redactions_total',
    help: 'Secrets taken out of records where these were decoded, again for every time that a record is decoded.',
    labelNames: ['topic', 'rule'],
    registers: [registry],
    collect: function () {
      this.reset();
      for (const [rule, count] of redacted) this.inc({ topic, rule }, count);
    },
  });
}
