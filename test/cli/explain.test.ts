import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { openLocalTools } from '../../src/local-tools';
import { listen, sluice, stopApis } from './run-cli';

const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-explain-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(stopApis);
const explain = (args: string[], stdin = '', env: NodeJS.ProcessEnv = {}, tty = false) => {
  const more = { openTools: () => openLocalTools(env), stdin: Readable.from([Buffer.from(stdin)]) };
  return sluice('http://127.0.0.1:9', ['explain', ...args], { more, tty });
};
const ERROR = '{"service":"auth","level":"error","message":"password=hunter2 refused","status_code":503}';

describe('sluice explain', () => {
  test('shows format, redaction, score and document of a line, and no secret', async () => {
    const { code, out } = await explain([ERROR]);
    expect(code).toBe(0);
    expect(out).toContain('indexed as sluice');
    expect(out).toContain('redacted: field 1');
    expect(out).toContain('score: 70, high, an anomaly (anomalies are from 50 on: SCORE_ANOMALY_THRESHOLD)');
    expect(out).toContain('level\terror\t40\tlevel_error (SCORE_ERROR)\tthis level');
    expect(out).toContain('"message": "password=[redacted:field] refused"');
    expect(out).not.toContain('hunter2');
  });

  test('takes a line of standard input, a file, and the record of a line of a file', async () => {
    const path = join(folder, 'a.log');
    writeFileSync(path, '2026-11-24 11:59:58 ERROR it broke\n  at x\n2026-11-24 11:59:59 INFO on we go\n');
    const formats = ['--formats', 'auto,text'];
    expect((await explain(['-', ...formats], 'hello\nworld')).out).toContain('"message": "hello"');
    expect((await explain([path, ...formats])).out).toContain('it broke');
    expect((await explain([`${path}:2`, ...formats])).out).toContain('"level": "error"');
    expect((await explain([`${path}:3`, ...formats])).out).toContain('"message": "on we go"');
    expect(await explain([`${path}:9`])).toMatchObject({
      code: 2,
      err: expect.stringContaining('no record at line 9'),
    });
  });

  test('shows the code of a dead letter and what to do', async () => {
    const { code, out } = await explain(['hello']);
    expect(code).toBe(0);
    expect(out).toMatch(/^dead letter invalid_json: .*\nWhat to do: .*LOG_FORMATS=auto,text/);
    expect(out).toContain('plain\tnot allowed on this topic\tanything');
  });

  test('goes by the settings of its environment', async () => {
    expect((await explain([ERROR], '', { SCORE_ERROR: '0', REDACT_RULES: 'none' })).out).toMatch(
      /redacted: nothing\nscore: 30,/,
    );
    expect(await explain([ERROR], '', { SCORE_ERROR: 'x' })).toMatchObject({
      ...{ code: 2, err: expect.stringContaining('SCORE_ERROR') },
    });
  });

  test('with --json prints one object, numbers as they came', async () => {
    const { out } = await explain(['{"level":30,"msg":"x","id":12345678901234567890}', '--json']);
    expect(out).toContain('"id":12345678901234567890');
    expect(JSON.parse(out)).toMatchObject({ fate: 'indexed', format: 'pino', redacted: {}, score: { score: 0 } });
  });

  test('what steers a terminal is shown, not sent', async () => {
    const { out } = await explain(['a\u001b[2Jb', '--formats', 'text'], '', {}, true);
    expect(out).not.toContain('\u001b[2J');
  });

  test('explains a stored log by its id', async () => {
    const log = {
      ...{
        id: '01-0002-0000000000000007',
        index: 'logs-2026.11.24',
        service: 'a',
        level: 'error',
        message: '[redacted:card]',
      },
      event: { format: 'pino', time_source: 'kafka' },
      anomaly: { score: 40, severity: 'medium', is_anomaly: false, reasons: [{ rule: 'level_error', weight: 40 }] },
      kafka: { partition: 2, offset: 7 },
    };
    const asked: string[] = [];
    const url = await listen((request, response) => {
      asked.push(request.url!);
      response.setHeader('content-type', 'application/json').end(JSON.stringify(log));
    });
    const { code, out } = await sluice(url, ['explain', '--id', log.id]);
    expect([code, asked]).toEqual([0, [`/logs/${log.id}`]]);
    expect(out).toContain('partition 2, offset 7, indexed as pino');
    expect(out).toContain('redacted: card\nscore: 40, medium, no anomaly\nrule\tpoints\nlevel_error\t40');
  });
});
