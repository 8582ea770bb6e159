import type { ApiClient } from '../../../local/api-client';
import { readFigures, showCount } from '../../../local/commands/figures';
import { rateOf, type Sample } from '../../../local/commands/live-line';

const api = (parts: Partial<ApiClient>) => parts as ApiClient;

describe('readFigures', () => {
  test('totals and anomalies come from the two routes', async () => {
    const figures = await readFigures(
      api({
        pipeline: async () => ({ totals: { produced: 10, indexed: 8, lag: 2 } }),
        stats: async () => ({ anomalies: 1 }),
      }),
    );
    expect(figures).toEqual({ produced: 10, indexed: 8, lag: 2, anomalies: 1 });
  });

  test('with Elasticsearch down the figures of the pipeline still show', async () => {
    const figures = await readFigures(
      api({
        pipeline: async () => ({ totals: { produced: 10, indexed: 8, lag: null } }),
        stats: () => Promise.reject(new Error('503')),
      }),
    );
    expect(figures).toEqual({ produced: 10, indexed: 8, lag: undefined, anomalies: undefined });
  });

  test('with no answer at all it fails with the reason', async () => {
    const down = () => Promise.reject(new Error('refused'));
    await expect(readFigures(api({ pipeline: down, stats: down }))).rejects.toThrow('refused');
  });
});

test('rateOf is the growth over the last samples, and unknown with one', () => {
  const samples: Sample[] = [];
  const figures = (indexed: number) => ({ indexed, produced: 0, lag: 0, anomalies: 0 });
  expect(rateOf(samples, figures(1_000), 0)).toBeUndefined();
  expect(rateOf(samples, figures(1_200), 1_000)).toBe(200);
  expect(rateOf(samples, figures(1_600), 2_000)).toBe(300);
});

test('showCount groups digits and shows what is unknown as a dash', () => {
  expect([showCount(1_234_567), showCount(0), showCount(null), showCount(undefined)]).toEqual([
    '1,234,567',
    '0',
    '-',
    '-',
  ]);
});
