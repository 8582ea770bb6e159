import type { BatchObserver, FateTally, StageEnd } from '../../src/activities/observer';
import type { Fate } from '../../src/domain/ledger';

/** Remembers what it is told of batches. */
export class MemoryObserver implements BatchObserver {
  readonly stages: StageEnd[] = [];
  readonly tallies: Partial<Record<Fate, FateTally>> = {};
  readonly ages: number[] = [];
  readonly failures: { step: string; code: string }[] = [];

  stage(end: StageEnd): void {
    this.stages.push(end);
  }

  settled(fates: Partial<Record<Fate, FateTally>>): void {
    for (const [fate, { records, bytes }] of Object.entries(fates) as [Fate, FateTally][]) {
      const sum = (this.tallies[fate] ??= { records: 0, bytes: 0 });
      sum.records += records;
      sum.bytes += bytes;
    }
  }

  fresh(ageMs: number): void {
    this.ages.push(ageMs);
  }

  failed(step: string, code: string): void {
    this.failures.push({ step, code });
  }

  /** `pull ok`, `bulk elasticsearch_unavailable` and so on, in order. */
  get told(): string[] {
    return this.stages.map(({ stage, code }) => `${stage} ${code ?? 'ok'}`);
  }
}
