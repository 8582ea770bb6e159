import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { projectRoot } from '../../local/project';
import { supervisorWorkflowId } from '../../src/workflows/contract';
import type { Subject } from './subject';

/** How a person gives an order. */
export const WAYS = ['temporal', 'REST', 'sluice'] as const;
export type Way = (typeof WAYS)[number];

/** Fields of an order by their names in REST. */
export type Order = Record<string, string | number | boolean>;

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;

/** Gives an order of a name to the whole topic, or to `partition` of it. Resolves when it was taken or left. */
export async function give(subject: Subject, way: Way, name: string, order: Order = {}): Promise<void> {
  if (way === 'temporal') await sendSignal(subject, name, order);
  else if (way === 'REST') await ask(subject, 'POST', `/pipeline/${name}`, order);
  else await sluice(subject, [name, ...toOptions(order)]);
}

/** By the real binary, as somebody types it. */
async function sendSignal(subject: Subject, name: string, order: Order): Promise<void> {
  const input = Object.fromEntries(Object.entries(order).map(([field, value]) => [toCamel(field), value]));
  const workflow = ['--workflow-id', supervisorWorkflowId(subject.names.topic), '--name', name];
  await temporal(subject, [
    ...['workflow', 'signal', ...workflow],
    ...(Object.keys(order).length > 0 ? ['--input', JSON.stringify(input)] : []),
  ]);
}

/** Runs the `temporal` binary; gives what it printed. */
export async function temporal({ servers, signal }: Subject, args: string[]): Promise<string> {
  const address = args.includes('--version') ? [] : ['--address', `127.0.0.1:${servers.ports.temporal}`];
  return (await run(servers.programs.temporalCli, [...args, ...address], { timeout: TIMEOUT_MS, signal })).stdout;
}

/** Runs the `sluice` command; gives what it printed. */
export async function sluice({ apiUrl, commands, signal }: Subject, args: string[]): Promise<string> {
  const [program = '', ...before] = commands.sluice;
  const env = { ...process.env, SLUICE_URL: apiUrl };
  return (await run(program, [...before, ...args], { timeout: TIMEOUT_MS, env, signal, cwd: projectRoot() })).stdout;
}

/** @throws Error with the API's words when it refuses */
export async function ask<T>({ apiUrl }: Subject, method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const response = await fetch(apiUrl + path, {
    method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} is answered with ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
}

/** `{ partition: 2, keep: true }` as `--partition 2 --keep`. */
export function toOptions(order: Order): string[] {
  return Object.entries(order).flatMap(([field, value]) => {
    const option = `--${field.replaceAll('_', '-')}`;
    return value === true ? [option] : [option, String(value)];
  });
}

function toCamel(field: string): string {
  return field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
