import { Agent, request as send } from 'node:http';

/** Sends requests to one address over connections that are kept. */
export interface Requester {
  send(method: string, path: string, body?: string): Promise<{ status: number; bytes: number }>;
  close(): Promise<void>;
}

/** @param type media type of bodies that are sent, and of those that are wanted */
export function createRequester(url: string, type = 'application/json', onClose = async () => {}): Requester {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  return {
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const headers = {
          accept: type,
          ...(body ? { 'content-type': type, 'content-length': Buffer.byteLength(body) } : {}),
        };
        const sent = send({ hostname, port, agent, method, path, headers }, (answer) => {
          let bytes = 0;
          answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
          answer.once('error', reject);
          answer.once('end', () => resolve({ status: answer.statusCode!, bytes }));
        });
        sent.once('error', reject);
        sent.end(body);
      }),
    close: async () => {
      agent.destroy();
      await onClose();
    },
  };
}
