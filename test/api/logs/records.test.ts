import { once } from 'node:events';
import type { LogSearch } from '../../../src/api/logs/ports';
import { contextSchema, facetsSchema, histogramSchema, requestSchema } from '../../../src/api/schemas/log-answers';
import { brokenOffsets, client, createTestApp, documents, fakeWorkflows } from '../fakes';
import { busiest } from '../generated-logs';
import { createMemoryLogSearch } from '../memory-log-search';

const all = documents.map(({ log }) => log);

describe('GET /logs/{id}', () => {
  it('gives one log, or says where it may be', async () => {
    const { id, index, log } = documents[9]!;
    const { body } = await client().get(`/logs/${id}`).expect(200);
    expect(body).toEqual({ ...log, id, index });
    const missing = '09-0001-0000000000000001';
    const { body: problem } = await client().get(`/logs/${missing}`).expect(404);
    expect(problem).toMatchObject({
      code: 'log_not_found',
      detail: expect.stringContaining(`dead-letters/${missing}`),
    });
    await client().get('/logs/nonsense').expect(404);
  });

  it('shows what stands around it, by offset', async () => {
    const { id, log } = documents.find(({ log: { kafka } }) => kafka.partition === 2 && kafka.offset === 20)!;
    const { body } = await client().get(`/logs/${id}/context?before=3&after=2`).expect(200);
    const context = contextSchema.parse(body);
    const offsets = [...context.before, context.log, ...context.after].map(({ kafka }) => kafka!.offset);
    expect(offsets).toEqual([17, 18, 19, 20, 21, 22]);
    expect(context).toMatchObject({ by: ['partition'], more_before: true, more_after: true });
    const { body: own } = await client().get(`/logs/${id}/context?by=service,partition&fields=service`).expect(200);
    expect(own.before.every(({ service }: { service: string }) => service === log.service)).toBe(true);
    expect(own.log).toEqual({ id, index: expect.any(String), service: log.service });
  });

  it('refuses a context by request for a log without one', async () => {
    const log = { ...documents[0]!.log, request_id: undefined };
    const logs = createMemoryLogSearch([{ ...documents[0]!, log }]);
    const { body } = await client({ logs }).get(`/logs/${documents[0]!.id}/context?by=request`).expect(400);
    expect(body.errors).toEqual([{ parameter: 'by', detail: expect.stringContaining('no request_id') }]);
  });
});

describe('GET /requests/{request_id}', () => {
  it('is one timeline over all services', async () => {
    const { body } = await client().get(`/requests/${busiest}`).expect(200);
    const request = requestSchema.parse(body);
    const own = all.filter(({ request_id: id }) => id === busiest);
    expect(request.logs.map((log) => log['@timestamp'])).toEqual(own.map((log) => log['@timestamp']).sort());
    expect(request.services.reduce((sum, { count }) => sum + count, 0)).toBe(own.length);
    expect(request.duration_ms).toBe(Date.parse(request.last!) - Date.parse(request.first!));
  });

  it('is 404 when no log belongs to it', async () => {
    const { body } = await client().get('/requests/a%2Fb').expect(404);
    expect(body).toMatchObject({ code: 'request_not_found' });
  });
});

describe('GET /logs/histogram and /logs/facets', () => {
  it('counts by interval and time zone, without gaps, split as asked', async () => {
    const path = '/logs/histogram?from=2026-11-20&to=2026-11-25&interval=1d&time_zone=europe/berlin&split=level';
    const { body } = await client().get(path).expect(200);
    const { buckets, ...rest } = histogramSchema.parse(body);
    expect(rest).toMatchObject({ interval: '1d', time_zone: 'Europe/Berlin' });
    expect(buckets).toHaveLength(6);
    expect(buckets[0]!.start).toBe('2026-11-19T23:00:00.000Z');
    for (const { count, by } of buckets) expect(Object.values(by!).reduce((sum, one) => sum + one)).toBe(count);
  });

  it('refuses a zone or an interval that there is not', async () => {
    const { body } = await client().get('/logs/histogram?time_zone=Mars&interval=2m&split=colour').expect(400);
    expect(body.errors.map(({ parameter }: { parameter: string }) => parameter)).toEqual([
      'interval',
      'time_zone',
      'split',
    ]);
  });

  it('counts the values of fields, most frequent first', async () => {
    const { body } = await client().get('/logs/facets?facets=service,attributes.region&size=2').expect(200);
    const { facets } = facetsSchema.parse(body);
    expect(facets['service']!.values).toHaveLength(2);
    const { values, other, missing } = facets['attributes.region']!;
    expect(values.reduce((sum, { count }) => sum + count, other + missing)).toBe(all.length);
    await client().get('/logs/facets?facets=message').expect(400);
    await client()
      .get(`/logs/facets?facets=${Array(11).fill('level').join(',')}`)
      .expect(400);
  });
});

describe('the log routes', () => {
  it('answer while neither Temporal nor Kafka does', async () => {
    const unreachable = { execution: 'unreachable' } as const;
    const app = client({ workflows: fakeWorkflows({ 0: unreachable }, unreachable), offsets: brokenOffsets });
    for (const path of ['/logs', '/logs/stats', '/logs/anomalies', '/logs/histogram', '/logs/facets'])
      await app.get(path).expect(200);
  });

  it('end their search when the client leaves', async () => {
    let aborted: (() => void) | undefined;
    const ended = new Promise<void>((resolve) => (aborted = resolve));
    const search: LogSearch['search'] = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal!.addEventListener('abort', () => (aborted!(), reject(signal!.reason as Error)));
        leave.abort();
      });
    const leave = new AbortController();
    const server = createTestApp({ logs: { ...createMemoryLogSearch([]), search } }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expect(fetch(`http://127.0.0.1:${port}/logs`, { signal: leave.signal })).rejects.toThrow(/abort/);
    await ended;
    server.close();
  });
});
