import { escapeHtml } from '../../bench/stress/escape';
import { readOptions, type StressOptions } from '../../bench/stress/options';
import { renderPlot, roundUp } from '../../bench/stress/plot';
import { renderReport, type StressResult } from '../../bench/stress/render-report';

const HOSTILE = `"'><script>alert(1)</script><!--&amp;\u0000\u001b[31m]]>`;

const sample = (at: number, more: object = {}) => ({
  ...{ at, producedRate: 500, indexedRate: 490, lag: 10, queryRate: 20, errorRate: 0, p50: 5, p99: 50 },
  ...{ cores: { worker: 0.5 }, memoryMb: { worker: 200 }, ...more },
});
const result: StressResult = {
  ...{ startedAt: '2026-11-28T10:00:00.000Z', machine: 'a machine', loadBefore: 0.1, stack: 'its own' },
  options: readOptions([]) as StressOptions,
  samples: [sample(1), sample(2)],
  kinds: { search: { answered: 3, p50: 1, p95: 2, p99: 3, errors: {} } },
  problems: [],
};

describe('escaped text', () => {
  it('has nothing that ends a text or an attribute, and no control character', () => {
    expect(escapeHtml(HOSTILE)).not.toMatch(/[<>"'\p{Cc}]/u);
    expect(escapeHtml('a & b')).toBe('a &amp; b');
  });
});

describe('plot', () => {
  it('breaks its line where a value is missing, and keeps a value that stands alone', () => {
    const svg = renderPlot({
      title: 't',
      unit: 'u',
      times: [0, 1, 2, 3],
      series: [{ name: 's', values: [1, 2, null, 1] }],
    });
    const path = /<path d="([^"]+)"/.exec(svg)![1]!;
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path.match(/L/g)).toHaveLength(1);
  });

  it('never writes what is no number', () => {
    const values = [NaN, Infinity, -5, 0];
    const svg = renderPlot({ title: 't', unit: 'u', times: [0, 1, 2, 3], series: [{ name: 's', values }] });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it.each([[[]], [[1]]])('of the times %j is drawn or says that nothing is known', (times: number[]) => {
    const svg = renderPlot({ title: 't', unit: 'u', times, series: [{ name: 's', values: times }] });
    expect(svg).toContain(times.length === 0 ? 'not known' : '<path d="M');
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  test.each([
    [0, 1],
    [0.013, 0.02],
    [1, 1],
    [501, 1000],
    [2000, 2000],
  ])('has %p below the line at %p', (value, top) => expect(roundUp(value)).toBeCloseTo(top, 9));
});

describe('report', () => {
  it('shows every figure with its plot, and loads nothing', () => {
    const html = renderReport(result);
    expect(html.match(/<svg/g)).toHaveLength(6);
    expect(html).not.toMatch(/<script|src=|href=|url\(|@import/i);
    expect(html).toContain('<td>search</td><td>3</td><td>1</td><td>2</td><td>3</td><td>-</td>');
  });

  it('shows hostile words of processes, errors and the stack as text', () => {
    const html = renderReport({
      ...{ ...result, stack: HOSTILE, machine: HOSTILE, startedAt: HOSTILE, problems: [HOSTILE] },
      samples: [sample(1, { cores: { [HOSTILE]: 1 }, memoryMb: { [HOSTILE]: 1 } }), sample(2)],
      kinds: { [HOSTILE]: { answered: 0, p50: NaN, p95: NaN, p99: NaN, errors: { [HOSTILE]: 2 } } },
    });
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<!--');
    expect(html).not.toContain('NaN');
    expect(html).not.toMatch(/[^\P{Cc}\n]/u);
    const tags = (text: string) => text.match(/<[a-z]+/g)!.length;
    expect(tags(html)).toBeGreaterThan(tags(renderReport(result)));
  });

  it('of a run that ended at once says that nothing is known', () => {
    const html = renderReport({ ...result, samples: [], kinds: {} });
    expect(html.match(/not known/g)).toHaveLength(6);
  });
});
