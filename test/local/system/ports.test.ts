import { createServer } from 'node:net';
import { findPortHolder, parseLsof, parseSs } from '../../../local/preflight/find-port-holder';
import { freePorts, isPortFree } from '../../../local/system/ports';

describe('ports', () => {
  test('a port that somebody listens on is taken, and free again afterwards', async () => {
    const [port] = await freePorts(1);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await isPortFree(port!)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(port!)).toBe(true);
  });

  test('free ports are all different', async () => {
    const ports = await freePorts(6);
    expect(new Set(ports).size).toBe(6);
    // Not of those that an outgoing connection may take before they are used.
    expect(ports.every((port) => port >= 15_000 && port < 32_000)).toBe(true);
  });

  test('the holder of a port that nobody holds is unknown', async () => {
    const [port] = await freePorts(1);
    expect(await findPortHolder(port!)).toBeUndefined();
  });

  test('the holder is read from the answer of ss', () => {
    const line = 'LISTEN 0 50 [::ffff:127.0.0.1]:9092 *:* users:(("java",pid=2903,fd=155))';
    expect(parseSs(line)).toBe('java (pid 2903)');
    expect(parseSs('')).toBeUndefined();
  });

  test('the holder is read from the answer of lsof', () => {
    expect(parseLsof('p2903\ncjava\nf12\n')).toBe('java (pid 2903)');
    expect(parseLsof('')).toBeUndefined();
  });
});
