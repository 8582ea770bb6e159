import { polls } from '../../local/docker/worker-health';

const NOW = 1_795_514_000_000;
const poller = (identity: string, secondsAgo: number) => ({
  identity,
  lastAccessTime: { seconds: NOW / 1000 - secondsAgo },
});

describe('the health check of the worker', () => {
  it('is content while this container polls', () => {
    expect(polls([poller('7@other', 0), poller('7@mine', 65)], 'mine', NOW)).toBe(true);
  });

  it('fails when only other containers poll', () => {
    expect(polls([poller('7@other', 0), poller('7@notmine', 0)], 'mine', NOW)).toBe(false);
  });

  it('fails when the last poll is too long ago, or was never', () => {
    expect(polls([poller('7@mine', 120)], 'mine', NOW)).toBe(false);
    expect(polls([{ identity: '7@mine', lastAccessTime: null }], 'mine', NOW)).toBe(false);
    expect(polls([], 'mine', NOW)).toBe(false);
  });
});
