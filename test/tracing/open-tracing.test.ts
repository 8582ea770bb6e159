import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { loadConfig } from '../../src/config';
import { isTraced, openTracing } from '../../src/tracing/open-tracing';

const settingsOf = (env: Record<string, string>) => loadConfig(env).telemetry;
const AS = { version: '1.2.3', instance: 'worker-1' };
const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';

describe('traces are made', () => {
  it.each([
    ['by default', {}, false],
    ['with an endpoint', { [ENDPOINT]: 'http://127.0.0.1:4318' }, true],
    ['with an endpoint for traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/x' }, true],
    ['for the standard endpoint', { OTEL_TRACES_EXPORTER: 'otlp' }, true],
    ['with an endpoint for other signals only', { [ENDPOINT]: 'http://a:1', OTEL_TRACES_EXPORTER: 'none' }, false],
    ['when all is switched off', { [ENDPOINT]: 'http://a:1', OTEL_SDK_DISABLED: 'true' }, false],
  ])('%s: %j is %j', (_when, env: Record<string, string>, traced) => {
    expect(isTraced(settingsOf(env))).toBe(traced);
  });
});

describe('openTracing', () => {
  const seen: { url: string; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  let status = 200;
  let collector: Server;
  let endpoint = '';

  beforeAll(async () => {
    collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ url: request.url!, headers: request.headers, body: Buffer.concat(chunks) });
        response.writeHead(status).end();
      });
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    seen.length = 0;
    status = 200;
  });
  afterAll(() => collector.close());

  const sendOne = async (protocol: string, warn = jest.fn()) => {
    const settings = settingsOf({
      [ENDPOINT]: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_SERVICE_NAME: 'my-sluice',
    });
    const { tracer, close } = await openTracing(settings, AS, { warn });
    tracer.startSpan('a span').end();
    await close();
    return warn;
  };

  it.each([
    ['http/protobuf', 'application/x-protobuf'],
    ['http/json', 'application/json'],
  ])('sends what is left over %s when it closes', async (protocol, type) => {
    await sendOne(protocol);
    expect(seen.map(({ url, headers }) => [url, headers['content-type']])).toEqual([['/v1/traces', type]]);
    for (const word of ['a span', 'my-sluice', AS.version, AS.instance]) expect(String(seen[0]!.body)).toContain(word);
  });

  it('warns once when the collector does not take them, and closes all the same', async () => {
    status = 400;
    const warn = await sendOne('http/json');
    expect(warn.mock.calls.map(([, message]: unknown[]) => message)).toEqual(['traces could not be sent']);
  });
});
