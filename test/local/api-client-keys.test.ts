import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiClient } from '../../local/api-client';
import { createTestKeys } from '../api/access/test-keys';
import { createTestApp } from '../api/fakes';

const { ring, keys } = createTestKeys();
let server: Server;
let port: number;
beforeAll(async () => {
  server = createTestApp({ keys: ring }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

describe('the commands of the stack, where the API has keys', () => {
  it('work with a read key', async () => {
    const api = createApiClient(port, keys.read);
    expect(await api.health()).toMatchObject({ status: 'up' });
    expect(await api.pipeline()).toMatchObject({ topic: 'logs' });
    expect(await api.search({ size: '1' })).toHaveLength(1);
  });

  it('say which key is missing, also where an error is an answer', async () => {
    for (const api of [createApiClient(port), createApiClient(port, keys.revoked)]) {
      await expect(api.health()).rejects.toThrow('SLUICE_API_KEY');
      await expect(api.pipeline()).rejects.toThrow('SLUICE_API_KEY');
    }
  });
});
