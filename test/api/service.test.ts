import { version as projectVersion } from '../../package.json';
import { checkHealth } from '../../src/api/check-health';
import { healthSchema, indexSchema } from '../../src/api/schemas/answers';
import { client, silence, up } from './fakes';

describe('GET /', () => {
  it('names the service and links to what answers', async () => {
    const app = client({ version: projectVersion });
    const { body } = await app.get('/').expect(200);
    expect(indexSchema.parse(body)).toMatchObject({ name: 'sluice', version: projectVersion });
    for (const link of Object.values<string>(body.links)) await app.get(link).expect(200);
  });
});

describe('GET /health', () => {
  it('is 200 when every dependency is up, with the latency of each', async () => {
    const { body } = await client().get('/health').expect(200).expect('Cache-Control', 'no-store');
    expect(Object.keys(healthSchema.parse(body).dependencies).sort()).toEqual(['elasticsearch', 'kafka', 'temporal']);
    expect(body.dependencies.kafka).toEqual({ status: 'up', latency_ms: expect.any(Number), message: 'fine' });
  });

  it('is 503 when one is down, and says which, where and why', async () => {
    const broken = { address: '10.0.0.9:9200', check: () => Promise.reject(new Error('connect ECONNREFUSED\nstack')) };
    const { body } = await client({ health: { kafka: up('fine'), elasticsearch: broken } })
      .get('/health')
      .expect(503);
    expect(healthSchema.parse(body)).toMatchObject({
      status: 'down',
      dependencies: {
        kafka: { status: 'up' },
        elasticsearch: { status: 'down', message: '10.0.0.9:9200: connect ECONNREFUSED' },
      },
    });
  });

  it('is 200 with what will go wrong unless somebody acts; what cannot be looked at warns of nothing', async () => {
    const health = {
      elasticsearch: { ...up('fine'), warn: async () => ['the disk fills'] },
      kafka: { ...up('fine'), warn: () => Promise.reject(new Error('away')) },
    };
    const { body } = await client({ health }).get('/health').expect(200);
    expect(healthSchema.parse(body)).toMatchObject({ status: 'up', warnings: ['the disk fills'] });
  });

  it('asks side by side and gives up on a silent one', async () => {
    const silent = { address: 'silent:1', check: () => silence<string>() };
    const started = performance.now();
    const { status, dependencies } = await checkHealth({ a: silent, b: silent, c: up('fine') }, 100);
    expect(performance.now() - started).toBeLessThan(190);
    expect(status).toBe('down');
    expect(dependencies).toMatchObject({ a: { message: 'silent:1: no answer within 100 ms' }, c: { status: 'up' } });
  });
});

describe('GET /health/live', () => {
  it('is 200 whatever the dependencies do', async () => {
    const { body } = await client({ health: { kafka: { address: '', check: () => silence() } } }).get('/health/live');
    expect(body).toEqual({ status: 'up', uptime_s: expect.any(Number) });
  });
});
