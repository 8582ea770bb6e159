import { Counter, type Registry } from 'prom-client';

/** Secrets taken out of records, by topic and rule. */
export type RedactedCounts = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Secrets that this worker has taken out of records: rules that are switched on are there from the start with 0. */
export function createRedactionMetrics(registry: Registry, redacted: RedactedCounts): void {
  new Counter({
    name: 'sluice_redactions_total',
    help: 'Secrets taken out of records where these were decoded, again for every time that a record is decoded.',
    labelNames: ['topic', 'rule'],
    registers: [registry],
    collect: function () {
      this.reset();
      for (const [topic, counts] of redacted) for (const [rule, count] of counts) this.inc({ topic, rule }, count);
    },
  });
}
