import { Counter, Gauge, type Registry } from 'prom-client';

/** What became of the pipeline file since the start of a process. */
export interface ConfigurationFigures {
  /** Changed files that were taken on, and such that could not be. */
  taken: number;
  refused: number;
  /** Why the file as it is now is not the one in force; absent when it is. */
  problem?: string | undefined;
  /** By topic, the hash of the rules in force. */
  hashes: ReadonlyMap<string, string>;
}

/** Whether this process works with the pipeline file as it is. Without a file nothing is ever refused. */
export function createConfigurationMetrics(registry: Registry, figures: ConfigurationFigures): void {
  const registers = [registry];
  new Gauge({
    name: 'sluice_configuration_refused',
    help: '1 while the pipeline file is not the one in force, because it has mistakes or asks for what needs a restart.',
    registers,
    collect: function () {
      this.set(figures.problem === undefined ? 0 : 1);
    },
  });
  new Counter({
    name: 'sluice_configuration_changes_total',
    help: 'Changes of the pipeline file that were seen: taken on, or refused.',
    labelNames: ['outcome'],
    registers,
    collect: function () {
      this.reset();
      this.inc({ outcome: 'taken' }, figures.taken);
      this.inc({ outcome: 'refused' }, figures.refused);
    },
  });
  new Gauge({
    name: 'sluice_configuration_info',
    help: 'Always 1: the hash of the rules that this process has in force for a topic.',
    labelNames: ['topic', 'hash'],
    registers,
    collect: function () {
      this.reset();
      for (const [topic, hash] of figures.hashes) this.set({ topic, hash }, 1);
    },
  });
}
