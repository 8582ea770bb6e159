import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePorts } from '../../local/system/ports';
import { projectRoot } from '../../local/project';
import { read } from '../docs/documents';
import { TestPipeline } from '../support/pipeline';
import { waitFor } from '../support/wait-for';

jest.setTimeout(120_000);

/** This machine as others see it, where others can. */
const address =
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one && one.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1';
const folder = mkdtempSync(join(tmpdir(), 'sluice-exposing-'));
const pipeline = new TestPipeline();
let api: ChildProcess | undefined;
afterAll(async () => {
  if (api?.exitCode === null) {
    api.kill('SIGTERM');
    await once(api, 'exit');
  }
  await pipeline.close();
  rmSync(folder, { recursive: true });
});

/** The commands that docs/security.md begins with, at this address and port. */
function documented(port: number): string[] {
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(read('docs/security.md')) ?? [];
  return block
    .replaceAll('logs.example.org:8000', `${address}:${port}`)
    .replaceAll('logs.example.org', address)
    .trim()
    .split('\n');
}

/** Runs a line in a shell that knows `sluice` and `npm run start:api` as the sources have them. */
function shell(line: string, port: number): ChildProcess {
  const run = (main: string) => `"${process.execPath}" --require "${tsx}" "${join(projectRoot(), 'src', main)}"`;
  const tsx = require.resolve('tsx/cjs');
  const functions = `sluice() { ${run('cli/main.ts')} "$@"; }; npm() { exec ${run('api/main.ts')}; }`;
  const env = { ...pipeline.env, API_PORT: String(port), API_KEYS_FILE: join(folder, 'keys.json') };
  return spawn('bash', ['-c', `${functions}\n${line}`], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function finish(child: ChildProcess) {
  const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
  return { code: child.exitCode, out, err };
}

test('the commands of docs/security.md open the API to those who have a key, and to nobody else', async () => {
  const [port] = (await freePorts(1)) as [number];
  const [first, create, list, serve, status, ...rest] = documented(port);
  expect([first, rest]).toEqual(['export API_KEYS_FILE="$PWD/keys.json"', []]);
  await pipeline.createTopic(2);

  expect(await finish(shell(create!, port))).toMatchObject({ code: 0, out: '' });
  const key = readFileSync(join(folder, 'ann.key'), 'utf8').trim();
  expect(['ann.key', 'keys.json'].map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600, 0o600]);
  expect(await finish(shell(list!, port))).toMatchObject({ code: 0, out: expect.stringContaining('ann') });

  // It stays in the foreground here, to be stopped.
  api = shell(serve!.replace(/ &$/, ''), port);
  let logged = '';
  api.stdout!.on('data', (chunk) => (logged += String(chunk)));
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://${address}:${port}${path}`, { headers });
  await waitFor(
    () =>
      ask('/health/live').then(
        ({ ok }) => ok,
        () => false,
      ),
    60_000,
  );
  const asked = await finish(shell(status!, port));
  expect(asked).toMatchObject({ code: 0, err: '' });

  expect((await ask('/pipeline')).status).toBe(401);
  expect((await ask('/pipeline', { 'X-API-Key': `${key}x` })).status).toBe(401);
  expect((await ask('/pipeline', { 'X-API-Key': key })).status).toBe(200);
  const id = key.split('_')[1]!;
  expect((await finish(shell(`sluice keys revoke ${id}`, port))).code).toBe(0);
  await waitFor(async () => (await ask('/pipeline', { 'X-API-Key': key })).status === 401, 10_000);
  expect(logged).toContain('"audit":true');
  expect(logged).not.toContain(key);
});

test('without keys it does not open', async () => {
  const [port] = (await freePorts(1)) as [number];
  const { code, err } = await finish(shell('API_KEYS_FILE= API_HOST=0.0.0.0 npm run start:api', port));
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('API_KEYS_FILE') });
});
