import { aSecondLater } from '../../bench/queries/bare';

describe('a bare request for a range that lies a second later', () => {
  it('has other bounds of time, and is the same otherwise', () => {
    const query = { range: { '@timestamp': { gte: 1_795_900_000_000, lt: 1_795_903_600_000 } } };
    const size = { range: { response_time_ms: { gte: 1_795_900_000_000.5 } }, track_total_hits: 1_795_900_000_000 };
    const request = { method: 'POST', path: '/logs/_search', body: JSON.stringify({ query, size }) };
    const later = aSecondLater(request);
    expect(later).toMatchObject({ method: 'POST', path: '/logs/_search' });
    expect(JSON.parse(later.body)).toEqual({
      query: { range: { '@timestamp': { gte: 1_795_900_001_000, lt: 1_795_903_601_000 } } },
      size,
    });
  });
});
