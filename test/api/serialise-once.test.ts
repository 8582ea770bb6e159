import Koa from 'koa';
import supertest from 'supertest';
import { serialiseOnce } from '../../src/api/serialise-once';
import compress from 'koa-compress';

/** An API that answers with a body which counts how often JSON is made of it. */
function counting(method: 'GET' | 'POST') {
  const made = { times: 0 };
  const app = new Koa();
  app.use(compress({ threshold: 1 }));
  app.use(serialiseOnce);
  app.use((ctx) => {
    const toJSON = () => ((made.times += 1), { made: true });
    ctx.body = { inner: { toJSON } };
  });
  const agent = supertest(app.callback());
  return { made, send: () => (method === 'GET' ? agent.get('/') : agent.post('/')) };
}

describe('serialiseOnce', () => {
  it('makes JSON of an answer once, packed or not', async () => {
    for (const encoding of ['identity', 'gzip']) {
      const { made, send } = counting('GET');
      const { body, type } = await send().set('Accept-Encoding', encoding);
      expect({ body, type, times: made.times }).toEqual({
        ...{ body: { inner: { made: true } }, type: 'application/json', times: 1 },
      });
    }
  });

  it('leaves the answer to an order an object', async () => {
    const { made, send } = counting('POST');
    expect((await send()).body).toEqual({ inner: { made: true } });
    expect(made.times).toBeGreaterThan(1);
  });
});
