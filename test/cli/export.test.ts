import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { filters } from '../../src/api/schemas/log-filters';
import { LastLine } from '../../src/cli/last-line';
import { LOG_FILTERS } from '../../src/cli/log-filters';
import { createMemoryExportDesk } from '../api/memory-export-desk';
import { listen, sluice, startApi, stopApis } from './run-cli';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
const file = join(folder, 'logs.out');

afterEach(() => {
  stopApis();
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the filters of the command', () => {
  it('are those of the API', () => {
    expect(Object.keys(LOG_FILTERS).sort()).toEqual([...Object.keys(filters), 'anomaly'].sort());
  });
});

describe('the last line of what comes in pieces', () => {
  it('is held back wherever the pieces are cut', () => {
    const text = 'one\ntwo\n\n{"a":1}\n';
    for (let cut = 0; cut <= text.length; cut += 1) {
      const lines = new LastLine();
      const handed = [text.slice(0, cut), text.slice(cut)].map((piece) => lines.push(Buffer.from(piece)).toString());
      expect([handed.join(''), lines.account]).toEqual(['one\ntwo\n\n', { a: 1 }]);
    }
    expect(new LastLine().account).toBeUndefined();
  });
});

describe('sluice export', () => {
  it.each([
    ['ndjson', ['--level', 'error,warn', '--fields', 'message'], 'level=error,warn&fields=message'],
    ['csv', ['--status-code', '5xx', '--sort', 'score', '--limit', '7'], 'status_code=5xx&sort=score&limit=7'],
  ])('as %s: what the API wrote, without its last line', async (format, args, query) => {
    const url = await startApi();
    const expected = await (await fetch(`${url}/logs/export?format=${format}&summary=false&${query}`)).text();
    const { code, out, err } = await sluice(url, ['export', '--format', format, ...args]);
    expect([code, out]).toEqual([0, expected]);
    expect(err).toContain(`sha256 ${sha256(expected)}`);
    const saved = await sluice(url, ['export', '--format', format, '--output', file, ...args]);
    expect([saved.code, saved.out, readFileSync(file, 'utf8')]).toEqual([0, '', expected]);
    expect(readdirSync(folder)).toEqual(['logs.out']);
  });

  it('--json prints what the export says of itself', async () => {
    const { out } = await sluice(await startApi(), ['export', '--limit', '3', '--output', file, '--json']);
    expect(JSON.parse(out)).toEqual({
      sluice_export: { count: 3, total: 400, complete: false, sha256: sha256(readFileSync(file, 'utf8')) },
    });
  });

  it.each([
    ['is cut', (text: string) => text.slice(0, 50), 'ended before its end'],
    ['is cut behind a line', (text: string) => text.split('\n')[0] + '\n', 'ended before its end'],
    ['was changed on the way', (text: string) => text.replace('x', 'y'), 'checksums differ'],
  ])('that %s leaves no file, and the one before as it was', async (_what, spoil, why) => {
    const body = '{"id":"x"}\n';
    const account = { count: 1, total: 1, complete: true, sha256: sha256(body) };
    const url = await listen((_, response) =>
      response.end(spoil(`${body}${JSON.stringify({ sluice_export: account })}\n`)),
    );
    writeFileSync(file, 'of yesterday');
    const { code, err } = await sluice(url, ['export', '--output', file]);
    expect([code, readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual([1, 'of yesterday', ['logs.out']]);
    expect(err).toContain(why);
  });

  it('whose connection breaks ends with a code of its own', async () => {
    const url = await listen((_, response) => {
      response.write('{"id":"x"}\n', () => response.destroy());
    });
    const { code, err } = await sluice(url, ['export']);
    expect(code).toBe(1);
    expect(err).toContain('ended before its end');
  });

  it('knows an address of a log from that of the API', async () => {
    const asked: string[] = [];
    const url = await listen((request, response) => {
      asked.push(request.url!);
      response.end();
    });
    await sluice('http://127.0.0.1:1', ['export', '--url', url, '--log-url', '/pay?x=1', '--trace-id', 'abc']);
    expect(asked).toEqual(['/logs/export?trace_id=abc&url=%2Fpay%3Fx%3D1&format=ndjson']);
  });

  it('says what is wrong with a filter, and with itself', async () => {
    const url = await startApi();
    const loud = await sluice(url, ['export', '--level', 'loud']);
    expect([loud.code, loud.err]).toEqual([1, expect.stringContaining('level: must be one of')]);
    expect((await sluice(url, ['export', '--json'])).code).toBe(2);
    const stray = await sluice(url, ['export', '--cancel-on-interrupt']);
    expect([stray.code, stray.err]).toEqual([2, expect.stringContaining('--cancel-on-interrupt is for --background')]);
    expect((await sluice(url, ['export', '--output', join(folder, 'none', 'x')])).err).toContain('cannot write');
    expect((await sluice('http://127.0.0.1:1', ['export'])).code).toBe(3);
  });
});

describe('sluice export --background', () => {
  it('orders, waits, and fetches the file', async () => {
    const desk = createMemoryExportDesk();
    const url = await startApi({ longExports: desk.desk });
    const ordered = await sluice(url, [
      'export',
      '--background',
      '--level',
      'error',
      '--anomaly',
      'true',
      '--order-id',
      'r',
    ]);
    const [stored] = await desk.exports.folder.list('logs');
    const { id, asked, actor } = stored!.order;
    expect(ordered.out).toContain(`export ${id} was started`);
    expect({ asked, actor }).toEqual({
      asked: { filter: { level: 'error', anomaly: true }, format: 'ndjson' },
      actor: 'tester@here',
    });
    await desk.finish(id);
    const { code, out } = await sluice(url, [
      ...['export', '--background', '--level', 'error', '--anomaly', 'true', '--order-id', 'r'],
      ...['--output', file, '--timeout', '20'],
    ]);
    expect([code, readFileSync(file, 'utf8')]).toEqual([0, await desk.exports.file(id)]);
    expect(out).toContain(`export ${id}: done`);
    expect(out).toContain(sha256(readFileSync(file, 'utf8')));
  });

  it('cancels on Ctrl-C where that was asked for', async () => {
    const desk = createMemoryExportDesk();
    desk.says.reading = { execution: 'open' };
    desk.says.delivery = { kind: 'answered', status: 'cancelling' };
    const { desk: given } = desk;
    const send: typeof given.workflows.send = async (topic, id, ...rest) => {
      desk.says.reading = { execution: 'closed' };
      await given.shelf.update(id, { status: 'cancelled' });
      return given.workflows.send(topic, id, ...rest);
    };
    const url = await startApi({ longExports: { ...given, workflows: { ...given.workflows, send } } });
    const args = ['export', '--background', '--wait', '--cancel-on-interrupt', '--timeout', '20'];
    const interrupting = { more: { onInterrupt: (stop: () => void) => (setImmediate(stop), () => undefined) } };
    const { code, out } = await sluice(url, args, interrupting);
    expect([code, out]).toEqual([1, expect.stringContaining(': cancelled')]);
    expect(desk.sent).toMatchObject([{ message: 'cancel', note: { actor: 'tester@here' } }]);
  });
});

describe('sluice exports', () => {
  it('lists, shows, steers and fetches', async () => {
    const desk = createMemoryExportDesk();
    const url = await startApi({ longExports: desk.desk });
    expect((await sluice(url, ['exports'])).out).toContain('there are no exports');
    await sluice(url, ['export', '--background', '--limit', '5', '--format', 'csv']);
    const { id } = (await desk.exports.folder.list('logs'))[0]!.order;
    const early = await sluice(url, ['exports', 'download', id, '--output', file]);
    expect([early.code, existsSync(file)]).toEqual([1, false]);
    desk.says.delivery = { kind: 'answered', status: 'pausing' };
    expect((await sluice(url, ['exports', 'pause', id, '--reason', 'later'])).out).toContain(`export ${id} is pausing`);
    await desk.finish(id);
    const { out: list } = await sluice(url, ['exports', 'list']);
    expect(list.split('\n')[1]!.split('\t').slice(0, 4)).toEqual([id, 'done', 'csv', 'tester@here']);
    const { out: shown } = await sluice(url, ['exports', 'show', id]);
    expect(shown).toContain('its limit cut it: 400 logs matched');
    const { code } = await sluice(url, ['exports', 'download', id, '--output', file]);
    expect([code, readFileSync(file, 'utf8')]).toEqual([0, await desk.exports.file(id)]);
    const { out: raw } = await sluice(url, ['exports', 'show', id, '--json']);
    expect(JSON.parse(raw)).toMatchObject({ id, status: 'done', result: { logs: 5 } });
  });

  it('a file that is not what its checksum says is not kept', async () => {
    const desk = createMemoryExportDesk();
    const shelf = {
      ...desk.desk.shelf,
      readFile: async function* () {
        yield Buffer.from('x'.repeat((await desk.exports.folder.list('logs'))[0]!.result!.bytes));
      },
    };
    const url = await startApi({ longExports: { ...desk.desk, shelf } });
    await sluice(url, ['export', '--background', '--limit', '5']);
    const { id } = (await desk.exports.folder.list('logs'))[0]!.order;
    await desk.finish(id);
    const { code, err } = await sluice(url, ['exports', 'download', id, '--output', file]);
    expect([code, existsSync(file), readdirSync(folder)]).toEqual([1, false, []]);
    expect(err).toContain('checksums differ');
  });
});
