import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../docs/documents';
import { listen, sluice, startApi, stopApis } from './run-cli';

afterEach(stopApis);

describe('exit codes and words', () => {
  it.each([[['pauze']], [['status', 'now']], [['audit', '--from', 'x']], [['pause', '--timeout']], [[]]])(
    '%j is wrong usage and says what there is',
    async (args) => {
      const { code, err } = await sluice('http://127.0.0.1:1', args);
      expect(code).toBe(2);
      expect(err).toMatch(/--help|Usage/);
    },
  );

  it.each([['ftp://x'], ['localhost:8000'], ['nowhere']])('the address %s is wrong usage', async (url) => {
    const { code, err } = await sluice(url, ['status']);
    expect(code).toBe(2);
    expect(err).toContain('--url or SLUICE_URL');
  });

  it('--help and --version are no mistakes', async () => {
    expect((await sluice('', ['--version'])).out).toBe('1.2.3\n');
    const { code, out } = await sluice('', ['dead-letters', 'redrive', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('--dry-run');
    expect(out).toContain('--url');
  });

  it('an API that is not there: 3, and where it was looked for', async () => {
    const { code, err } = await sluice('http://user:secret@127.0.0.1:1', ['status']);
    expect(code).toBe(3);
    expect(err).toContain('http://127.0.0.1:1');
    expect(err).toContain('SLUICE_URL');
    expect(err).not.toContain('secret');
  });

  it.each([
    ['a page', 200, '<html></html>'],
    ['a proxy’s error', 502, '<h1>bad gateway</h1>'],
    ['another API’s error', 404, '{"error": "no such index"}'],
    ['another API’s answer', 200, '{"cluster_name": "x"}'],
  ])('%s: 3, not Sluice’s API', async (_name, status, body) => {
    const url = await listen((_request, response) => void response.writeHead(status).end(body));
    const { code, err } = await sluice(url, ['status']);
    expect(code).toBe(3);
    expect(err).toMatch(/is not the API of Sluice|is it the API of Sluice/);
  });

  it('a problem: 1, its words and what to do; --json prints it as it came', async () => {
    const audits = { start: () => Promise.reject(new Error('14 UNAVAILABLE')), read: async () => undefined };
    const url = await startApi({ audits });
    const { code, out, err } = await sluice(url, ['audit', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ code: 'temporal_unavailable', status: 503 });
    expect(err).toContain('Temporal did not answer');
    expect(err).toContain(`curl ${url}/health`);
  });

  it('a post whose answer is lost says that it may have taken effect', async () => {
    const url = await listen((request) => void request.socket.destroy());
    expect((await sluice(url, ['pause'])).err).toMatch(/may have taken effect.*--request-id [\w-]{36} is one order/);
    expect((await sluice(url, ['status'])).err).not.toContain('may have taken effect');
  });

  it('name and password of the address are sent as a header', async () => {
    const seen: unknown[] = [];
    const url = await listen((request, response) => {
      seen.push(request.headers.authorization, request.url);
      response.end('{}');
    });
    await sluice('', ['audit', 'show', 'a/../b', '--json', '--url', `${url.replace('//', '//me:a%20b@')}/sluice/`]);
    expect(seen).toEqual([`Basic ${Buffer.from('me:a b').toString('base64')}`, '/sluice/pipeline/audits/a%2F..%2Fb']);
  });
});

describe('on a terminal', () => {
  it('shows a table in colours; NO_COLOR and TERM=dumb are respected', async () => {
    const url = await startApi();
    const { out } = await sluice(url, ['status'], { tty: true });
    expect(out).toContain('\u001b[32mrunning\u001b[39m');
    expect(out).not.toContain('\t');
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect((await sluice(url, ['status'], { tty: true, env })).out).not.toContain('\u001b');
    }
  });

  it('shows a bar while it waits', async () => {
    const { err } = await sluice(await startApi(), ['pause', '--wait', '--timeout', '0.5'], { tty: true });
    expect(err).toMatch(/pause: until every partition is paused .*0%/);
  });
});

describe('as a process', () => {
  const command = ['--require', 'tsx/cjs', join('src', 'cli', 'main.ts')];

  async function runProcess(url: string, args: string[], reader: 'reads' | 'leaves', env: NodeJS.ProcessEnv = {}) {
    const child = spawn(process.execPath, [...command, ...args], {
      cwd: ROOT,
      env: { ...process.env, SLUICE_URL: url, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    let out = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    if (reader === 'leaves') child.stdout.destroy();
    else child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  }

  it('gives its exit code, and the whole of a large answer', async () => {
    const large = JSON.stringify({ topic: 'x'.repeat(2_000_000) });
    const url = await listen((_request, response) => void response.end(large));
    const { code, out, err } = await runProcess(url, ['status', '--json'], 'reads');
    expect([code, err, out.length]).toEqual([0, '', large.length + 1]);
    expect((await runProcess('http://127.0.0.1:1', ['status'], 'reads')).code).toBe(3);
  }, 30_000);

  it('whose reader has gone ends quietly', async () => {
    const large = JSON.stringify({ topic: 'x'.repeat(2_000_000) });
    const url = await listen((_request, response) => void response.end(large));
    const { code, err } = await runProcess(url, ['status', '--json'], 'leaves');
    expect([code, err]).toEqual([0, '']);
  }, 30_000);

  it('paints nothing into a pipe, also where the surroundings say that colours are shown, as in CI', async () => {
    const log = '{"level":"error","message":"x","service":"a"}';
    const { code, out } = await runProcess('http://127.0.0.1:1', ['explain', log], 'reads', {
      ...{ CI: 'true', FORCE_COLOR: '1' },
    });
    expect(code).toBe(0);
    expect(out).not.toContain('\u001b');
  }, 30_000);
});
