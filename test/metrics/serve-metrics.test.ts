import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { serveMetrics, type MetricsEndpoint } from '../../src/metrics/serve-metrics';

const host = '127.0.0.1';

function recorded() {
  const warnings: string[] = [];
  const logger = { info: () => undefined, warn: (_fields: object, message: string) => void warnings.push(message) };
  return { warnings, logger: logger as never };
}

describe('the endpoint of the metrics', () => {
  const open: MetricsEndpoint[] = [];
  afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

  async function serve(port: number, collect = async () => 'a 1\n') {
    const { warnings, logger } = recorded();
    const endpoint = await serveMetrics({ host, port }, collect, logger);
    if (endpoint) open.push(endpoint);
    return { endpoint, warnings };
  }

  it('gives the metrics and nothing else', async () => {
    const { endpoint } = await serve(0);
    const base = `http://${host}:${endpoint!.port}`;
    const answer = await fetch(`${base}/metrics?x=1`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toBe('a 1\n');
    expect((await fetch(base)).status).toBe(404);
    expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(404);
  });

  it('takes the next port when the wanted one is taken, and says so', async () => {
    const other = createServer().listen(0, host);
    await once(other, 'listening');
    const wanted = (other.address() as AddressInfo).port;
    const { endpoint, warnings } = await serve(wanted);
    expect(endpoint!.port).toBeGreaterThan(wanted);
    expect(warnings).toEqual(['metrics port taken, using the next']);
    expect((await fetch(`http://${host}:${endpoint!.port}/metrics`)).status).toBe(200);
    other.close();
  });

  it('is done without where the address is not of this machine', async () => {
    const { warnings, logger } = recorded();
    expect(await serveMetrics({ host: '192.0.2.1', port: 0 }, async () => '', logger)).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });

  it('answers 500 when the metrics cannot be collected', async () => {
    const { endpoint, warnings } = await serve(0, () => Promise.reject(new Error('no')));
    expect((await fetch(`http://${host}:${endpoint!.port}/metrics`)).status).toBe(500);
    expect(warnings).toEqual(['metrics not collected']);
  });
});
