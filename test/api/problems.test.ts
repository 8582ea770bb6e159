import { Writable } from 'node:stream';
import { pino } from 'pino';
import { problemSchema } from '../../src/api/schemas/answers';
import { client, documents } from './fakes';
import { createMemoryLogSearch } from './memory-log-search';

function recorder() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { lines, stream };
}

describe('error answers', () => {
  it('are problems with a code, the path and the request id', async () => {
    const { body } = await client()
      .get('/nowhere?secret=1')
      .set('X-Request-Id', 'abc-1')
      .expect(404)
      .expect('X-Request-Id', 'abc-1');
    expect(problemSchema.parse(body)).toMatchObject({
      type: 'urn:sluice:problem:not_found',
      status: 404,
      instance: '/nowhere',
      request_id: 'abc-1',
    });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('replace a request id that is not plain', async () => {
    const { headers } = await client().get('/').set('X-Request-Id', 'a b"<script>').expect(200);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('name the methods that are allowed', async () => {
    const { body } = await client().delete('/logs').expect(405).expect('Allow', /GET/);
    expect(body.code).toBe('method_not_allowed');
    await client().get('/pipeline/pause').expect(405).expect('Allow', 'POST');
    await client().trace('/logs').expect(405).expect('Allow', 'GET, HEAD');
    await client().options('/pipeline/dead-letters/redrive').expect(204).expect('Allow', 'POST');
  });

  it('hide what went wrong inside, and log it without the query', async () => {
    const { lines, stream } = recorder();
    const fail = () => Promise.reject(Object.assign(new Error('index layout broken'), { meta: { q: 'confidential' } }));
    const logs = { ...createMemoryLogSearch(documents), search: fail };
    const { body } = await client({ logs, logger: pino({ level: 'info' }, stream) })
      .get('/logs?q=confidential')
      .expect(500);
    expect(problemSchema.parse(body).code).toBe('internal_error');
    expect(JSON.stringify(body)).not.toContain('layout');
    expect(lines.join('')).toContain('index layout broken');
    expect(lines.join('')).toContain(body.request_id);
    expect(lines.join('')).not.toContain('confidential');
  });

  it('refuse an address that is longer than any query needs', async () => {
    const { body } = await client()
      .get(`/logs?q=${'x'.repeat(9000)}`)
      .expect(414);
    expect(body.code).toBe('uri_too_long');
  });

  it('have no body for HEAD', async () => {
    await client().head('/nowhere').expect(404);
    const { headers } = await client().head('/logs').expect(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
  });

  it.each(['/%00', '/%ff', '/..%2f..%2fetc/passwd', '/docs/..%2f..%2fpackage.json', '/docs/%00', '/logs/%2e%2e/x'])(
    'answer the hostile path %s with a plain 4xx',
    async (path) => {
      const { status, body } = await client().get(path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(problemSchema.parse(body).status).toBe(status);
    },
  );

  it('survive queries that are not valid percent encoding', async () => {
    await client().get('/logs?q=%E0%A4%A&service=%').expect(200);
    await client().get('/logs?%').expect(400);
  });
});

describe('cross-origin requests', () => {
  it('are allowed for the listed origins', async () => {
    await client()
      .get('/logs')
      .set('Origin', 'https://explorer.example')
      .expect('Access-Control-Allow-Origin', 'https://explorer.example');
    await client()
      .options('/pipeline/pause')
      .set('Origin', 'https://explorer.example')
      .set('Access-Control-Request-Method', 'POST')
      .expect(204)
      .expect('Access-Control-Allow-Methods', /POST/);
  });

  it('are not allowed for any other', async () => {
    const { headers } = await client().get('/logs').set('Origin', 'https://evil.example').expect(200);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});
