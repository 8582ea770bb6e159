import { get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createHash } from 'node:crypto';

/** Begins a request; the answer's body is not read yet. */
export async function begin(server: Server, path: string, headers: Record<string, string> = {}) {
  const { port } = server.address() as AddressInfo;
  const request = get({ port, host: '127.0.0.1', path, headers, agent: false });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer;
}

/** @throws Error when the answer is cut before its end */
export async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The lines of NDJSON, the last one apart. */
export function linesOf(body: Buffer) {
  const lines = body.toString().split('\n');
  const logs = lines.slice(0, -2).map((line) => JSON.parse(line) as { id: string; [field: string]: unknown });
  const records = lines.slice(0, -2).map((line) => `${line}\n`);
  return { logs, records: records.join(''), last: JSON.parse(lines.at(-2)!) as { sluice_export: object } };
}
