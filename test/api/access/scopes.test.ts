import { SCOPES, type Scope } from '../../../src/keys/scope';
import { makeKey } from '../../../src/keys/key';
import { problemSchema } from '../../../src/api/schemas/answers';
import { client, fakeWorkflows, partitionState } from '../fakes';
import { createTestKeys } from './test-keys';

jest.setTimeout(60_000);

interface Described {
  security?: { bearer?: string[] }[];
  responses: Record<string, { content?: Record<string, { examples?: object }> }>;
}

const { ring, keys } = createTestKeys();
const app = client({ keys: ring });
const send = (method: string, path: string, key?: string) => {
  const request = method === 'get' ? app.get(path) : app.post(path).send({});
  return key === undefined ? request : request.set('Authorization', `Bearer ${key}`);
};

/** Every route of the description, with the scope that it says it wants. */
async function describedRoutes() {
  const { body } = await app.get('/openapi.json').expect(200);
  return Object.entries(body.paths as Record<string, Record<string, Described>>).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security, responses }]) => {
      return { method, path, scope: security?.[0]?.bearer?.[0] as Scope | undefined, responses };
    }),
  );
}

describe('every route, where keys are on', () => {
  it('asks for the scope that its description names, and lets no lesser one through', async () => {
    const routes = await describedRoutes();
    expect(routes.length).toBeGreaterThan(35);
    for (const { method, path, scope } of routes) {
      const statuses: Record<string, boolean> = {};
      for (const held of SCOPES) {
        const { status, body } = await send(method, path, keys[held]);
        statuses[held] = status === 403;
        if (status === 403)
          expect(body).toMatchObject({ code: 'scope_missing', detail: expect.stringContaining(scope!) });
      }
      const wanted = scope === undefined ? 0 : SCOPES.indexOf(scope);
      const refused = Object.fromEntries(SCOPES.map((held, index) => [held, index < wanted]));
      expect({ path, ...statuses }).toEqual({ path, ...refused });
    }
  });

  it('is open only where nothing of the pipeline can be seen', async () => {
    const open = (await describedRoutes()).filter(({ scope }) => scope === undefined);
    expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      ...['get /', 'get /health/live', 'get /openapi.json'],
    ]);
  });

  it('refuses a read key for each POST but those of its own exports, and an operate key for what gives up or deletes records', async () => {
    const posts = (await describedRoutes()).filter(({ method }) => method === 'post');
    expect(
      posts
        .filter(({ scope }) => scope !== 'operate')
        .map(({ path, scope }) => `${scope} ${path}`)
        .sort(),
    ).toEqual([
      ...['admin /pipeline/accept-gap', 'admin /pipeline/rebind', 'admin /retention/runs'],
      // What GET /logs/export gives to a read key too; whose they are is for the routes to say.
      ...['read /logs/exports', 'read /logs/exports/{id}/cancel'],
      ...['read /logs/exports/{id}/pause', 'read /logs/exports/{id}/resume'],
    ]);
  });

  it.each([
    ['no key', undefined, 'key_missing', 'Bearer realm="sluice"'],
    ['a key that nobody made', makeKey({ name: 'x', scope: 'admin' }, new Date()).key, 'key_refused', /invalid_token/],
    ['a key that is none', 'letmein', 'key_refused', /invalid_token/],
    ['an expired key', keys.expired, 'key_refused', /invalid_token/],
    ['a revoked key', keys.revoked, 'key_refused', /invalid_token/],
  ])('answers %s with 401, as described', async (_, key, code, challenge) => {
    for (const { method, path, scope, responses } of await describedRoutes()) {
      const { status, body, headers } = await send(method, path, key);
      if (scope === undefined) {
        expect(status).toBe(200);
        continue;
      }
      expect(problemSchema.parse(body)).toMatchObject({ status: 401, code });
      expect(headers['www-authenticate']).toMatch(challenge);
      const examples = responses['401']!.content!['application/problem+json']!.examples;
      expect(Object.keys(examples!)).toContain(code);
    }
  });
});

describe('a key', () => {
  it('may come as X-API-Key, also beside the login of a proxy', async () => {
    await app.get('/pipeline').set('X-API-Key', keys.read).expect(200);
    await app.get('/pipeline').set('X-API-Key', keys.read).set('Authorization', 'Basic YTpi').expect(200);
  });

  it('is not read from the address, nor from a cookie', async () => {
    await app.get(`/pipeline?api_key=${keys.admin}`).expect(401);
    await app.get('/pipeline').set('Cookie', `X-API-Key=${keys.admin}`).expect(401);
  });

  it('is asked for before a body is read', async () => {
    await app.post('/pipeline/pause').set('Content-Type', 'application/json').send('{broken').expect(401);
  });

  it('is never answered', async () => {
    for (const key of Object.values(keys)) {
      const { text, headers } = await app.get('/retention/runs/x').set('X-API-Key', key);
      expect(text + JSON.stringify(headers)).not.toContain(key);
    }
  });
});

describe('the actor of an order', () => {
  const workflows = () => fakeWorkflows({ 0: { execution: 'open', state: partitionState(0, 90) } });

  it('is the name of the key, whatever the order says', async () => {
    const sent = workflows();
    const keyed = client({ keys: ring, workflows: sent });
    for (const order of [{}, { actor: 'somebody else' }]) {
      await keyed.post('/pipeline/pause').set('X-API-Key', keys.operate).send(order).expect(200);
    }
    const actors = sent.sent.map(({ message }) => (message as { actor?: string }).actor);
    expect(actors).toEqual(['key-operate', 'key-operate']);
  });

  it('is what the order says where keys are off', async () => {
    const sent = workflows();
    await client({ workflows: sent }).post('/pipeline/pause').send({ actor: 'ann' }).expect(200);
    expect(sent.sent).toMatchObject([{ message: { actor: 'ann' } }]);
  });

  it('may be named in each body but that of an audit, which records none', async () => {
    const { body } = await app.get('/openapi.json');
    const without = Object.entries(
      body.paths as Record<
        string,
        { post?: { requestBody: { content: Record<string, { schema: { $ref?: string; properties: object } }> } } }
      >,
    )
      .filter(([, { post }]) => post)
      .filter(([, { post }]) => {
        const { schema } = post!.requestBody.content['application/json']!;
        const name = schema.$ref?.split('/').at(-1);
        return !Object.hasOwn((name ? body.components.schemas[name] : schema).properties, 'actor');
      });
    expect(without.map(([path]) => path)).toEqual(['/pipeline/audit']);
  });
});
