import fc from 'fast-check';
import { noFindings, type PartitionAudit } from '../../src/domain/audit';
import { addToReport, emptyReport, noNames, roomIn } from '../../src/domain/audit-report';

const partition = (number: number, verdict: PartitionAudit['verdict']): PartitionAudit => ({
  partition: number,
  from: '0',
  to: '9007199254740991',
  generation: 1,
  source: 'workflow',
  counts: { ...noFindings(), documents: 1, missing: verdict === 'clean' ? 0 : 1 },
  verdict,
});

describe('addToReport', () => {
  test('a report of any size stays below 16 KiB, its counts are whole, and differences come first', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<PartitionAudit['verdict']>('clean', 'clean', 'differences')), (verdicts) => {
        let report = emptyReport();
        verdicts.forEach((verdict, number) => {
          const range = { partition: number, from: '9007199254740000', to: '9007199254740991' };
          const foreign = { index: `logs-${'x'.repeat(200)}`, id: 'y'.repeat(64), reason: 'id' as const };
          const names = {
            ...noNames(),
            missing: Array(90).fill(range),
            doubled: Array(90).fill(range),
            foreign: [foreign],
          };
          const one = partition(number, verdict);
          report = addToReport(report, { counts: one.counts, names, partition: one });
        });
        expect(JSON.stringify(report).length).toBeLessThan(16_384);
        expect(report.counts.documents).toBe(verdicts.length);
        expect(report.partitions.length + report.omitted).toBe(verdicts.length);
        expect(report.verdict).toBe(verdicts.includes('differences') ? 'differences' : 'clean');
        const shown = report.partitions.map(({ verdict }) => verdict);
        expect(shown).toEqual([...shown].sort().reverse());
        expect(Math.min(...Object.values(roomIn(report)))).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('documents of no partition make a difference', () => {
    const found = { counts: { ...noFindings(), foreign: 2 }, names: noNames() };
    expect(addToReport(emptyReport(), found)).toMatchObject({ verdict: 'differences', counts: { foreign: 2 } });
  });
});
