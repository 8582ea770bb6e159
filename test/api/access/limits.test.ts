import { createRateLimiter } from '../../../src/api/access/rate-limiter';
import { problemSchema } from '../../../src/api/schemas/answers';
import { createLimits } from '../../../src/api/access/limits';
import { client, documents } from '../fakes';
import { createMemoryLogSearch } from '../memory-log-search';
import { createTestKeys } from './test-keys';

describe('createRateLimiter', () => {
  const open = (options = {}) => {
    const clock = { ms: 0 };
    return { clock, limiter: createRateLimiter({ perSecond: 2, burst: 4, now: () => clock.ms, ...options }) };
  };

  it('gives a burst, then what comes back', () => {
    const { limiter, clock } = open();
    const take = () => limiter.take('a', 2);
    expect(take()).toEqual({ allowed: true, left: 2, waitS: 1 });
    expect(take()).toEqual({ allowed: true, left: 0, waitS: 2 });
    expect(take()).toEqual({ allowed: false, left: 0, waitS: 1 });
    clock.ms += 999;
    expect(take().allowed).toBe(false);
    clock.ms += 1;
    expect(take().allowed).toBe(true);
  });

  it('never holds more than a burst, and takes nothing for what it refuses', () => {
    const { limiter, clock } = open();
    clock.ms += 3_600_000;
    expect([1, 2, 3, 4, 5, 6].map(() => limiter.take('a', 1).allowed)).toEqual([true, true, true, true, false, false]);
    clock.ms += 500;
    expect(limiter.take('a', 1).allowed).toBe(true);
  });

  it('keeps clients apart, and a clock that goes back gives nothing', () => {
    const { limiter, clock } = open();
    limiter.take('a', 4);
    expect(limiter.take('b', 4).allowed).toBe(true);
    clock.ms -= 60_000;
    expect(limiter.take('a', 1).allowed).toBe(false);
  });

  it('lets what costs more than a bucket holds through when the bucket is full', () => {
    const { limiter } = open();
    expect(limiter.take('a', 100).allowed).toBe(true);
    expect(limiter.take('a', 1).allowed).toBe(false);
  });

  it('remembers so many clients and no more: a known one is forgotten last', () => {
    const { limiter } = open({ maxClients: 100 });
    limiter.take('known', 4);
    for (let one = 0; one < 10_000; one += 1) {
      limiter.take(`address ${one}`, 1);
      if (one % 50 === 0) expect(limiter.take('known', 4).allowed).toBe(false);
    }
    for (let one = 0; one < 100; one += 1) limiter.take(`other ${one}`, 1);
    expect(limiter.take('known', 4).allowed).toBe(true);
  });
});

const limited = (ratePerSecond: number, heavyAtOnce = 0) => ({
  limits: createLimits({ ratePerSecond, heavyAtOnce }),
});
const CHEAP = '/pipeline';

describe('the API', () => {
  it('answers 429 with Retry-After once the share is used, and says what is left', async () => {
    const app = client(limited(1));
    const { headers } = await app.get(CHEAP).expect(200);
    expect(headers).toMatchObject({ 'ratelimit-policy': '"client";q=5;w=5', ratelimit: '"client";r=4;t=1' });
    for (let one = 0; one < 4; one += 1) await app.get(CHEAP).expect(200);
    const { body, headers: refused } = await app.get(CHEAP).expect(429);
    expect(problemSchema.parse(body).code).toBe('rate_limited');
    expect(Number(refused['retry-after'])).toBeGreaterThan(0);
  });

  it('counts figures and orders for more', async () => {
    await client(limited(2)).get('/logs/stats').expect('RateLimit', /r=5;/);
    await client(limited(20)).post('/pipeline/audit').send({}).expect('RateLimit', /r=80;/);
  });

  it('counts each key for itself', async () => {
    const { ring, keys } = createTestKeys();
    const app = client({ ...limited(1), keys: ring });
    const ask = (key: string) => app.get(CHEAP).set('X-API-Key', key);
    for (let one = 0; one < 5; one += 1) await ask(keys.read).expect(200);
    await ask(keys.read).expect(429);
    await ask(keys.operate).expect(200);
  });

  it('lets few heavy requests of one client run at a time, and counts those that end by failing too', async () => {
    const waiting: (() => void)[] = [];
    const logs = createMemoryLogSearch(documents);
    const stats: typeof logs.stats = (...args) =>
      new Promise((resolve, reject) => waiting.push(() => logs.stats(...args).then(resolve, reject)));
    const app = client({ ...limited(1000, 2), logs: { ...logs, stats } });
    const first = [app.get('/logs/stats'), app.get('/logs/stats')].map((one) => one.then(({ status }) => status));
    while (waiting.length < 2) await new Promise(setImmediate);
    await app.get('/logs/histogram').expect(429).expect('Retry-After', '1');
    await app.get(CHEAP).expect(200);
    waiting.forEach((go) => go());
    expect(await Promise.all(first)).toEqual([200, 200]);
    await app.get('/logs/histogram?colour=red').expect(400);
    await app.get('/logs/histogram').expect(200);
  });

  it('limits who tries keys, and lets a good key of the same address through', async () => {
    const { ring, keys } = createTestKeys();
    const app = client({ ...limited(1000), keys: ring });
    const statuses: number[] = [];
    for (let one = 0; one < 25; one += 1) {
      statuses.push((await app.get('/logs').set('X-API-Key', `sluice_0123456789ab_${'A'.repeat(43)}`)).status);
    }
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(5).fill(429)]);
    await app.get(CHEAP).set('X-API-Key', keys.read).expect(200);
  });

  it('has no limit where the rate is 0', async () => {
    const app = client(limited(0));
    const { headers } = await app.get(CHEAP).expect(200);
    expect(headers['ratelimit']).toBeUndefined();
  });
});
