import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** True when nothing listens on this loopback port. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Above the ports of most servers, and below those that systems give to outgoing connections: those may be taken at any moment. */
const [FIRST_PORT, LAST_PORT] = [15_000, 31_999];
const MAX_TRIES = 1000;

/**
 * Free loopback ports, all different, chosen at random, so that two who choose at once hardly meet.
 *
 * @throws Error when there are none
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries === MAX_TRIES) throw new Error(`no free port between ${FIRST_PORT} and ${LAST_PORT} on 127.0.0.1`);
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (await isPortFree(port)) found.add(port);
  }
  return [...found];
}
