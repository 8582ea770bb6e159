import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../src/config';
import { REJECTION_CODES } from '../../src/domain/record';
import { createExplain } from '../../src/explain/explain-record';
import { LETTER_ADVICE } from '../../src/explain/letter-advice';
import { readRedaction } from '../../src/redaction-settings';
import { canaries } from '../redaction/canaries';
import { APPENDED_AT, PLAIN_LOG } from '../support/records';

const { scoring, redaction } = loadConfig({});
const explainWith = (formats: readonly string[]) => {
  const settings = { formats, redaction: readRedaction(redaction), rules: scoring, hash: () => '0123456789abcdef' };
  const explain = createExplain(settings);
  return (value: unknown) =>
    explain(
      Buffer.isBuffer(value) ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
      APPENDED_AT,
    );
};
const explain = explainWith(['auto']);
const CORPUS = join(__dirname, '..', 'formats', 'corpus');

describe('explain', () => {
  test('tells the format, and why those before it are not', () => {
    const { format, formats } = explain({ level: 30, time: 1_795_521_598_123, msg: 'hi' });
    expect(format).toBe('pino');
    expect(formats.map((one) => [one.format, one.verdict])).toEqual([
      ...[
        ['sluice', 'no'],
        ['container', 'no'],
        ['otlp', 'no'],
        ['bunyan', 'no'],
        ['pino', 'recognised'],
      ],
      ...['gelf', 'journald', 'nginx_json', 'ecs', 'winston', 'json'].map((name) => [name, 'not_asked']),
    ]);
    for (const { marks } of formats) expect(marks).not.toBe('');
  });

  test.each(readdirSync(CORPUS))('recognises what the pipeline does: %s', (folder) => {
    for (const name of readdirSync(join(CORPUS, folder)).filter((one) => one.endsWith('.log'))) {
      const { format, formats, document } = explainWith(['auto', 'text'])(readFileSync(join(CORPUS, folder, name)));
      expect(format!.split('/')[0]).toBe(folder);
      expect(formats.find(({ verdict }) => verdict === 'recognised')?.format).toBe(folder);
      expect(JSON.parse(document!)).toMatchObject({ event: { format } });
    }
  });

  test('tells the part of each field in the score, and why', () => {
    const { score } = explain({ ...PLAIN_LOG, level: 'error', status_code: 503, response_time_ms: 1200 });
    expect(score).toMatchObject({ score: 90, severity: 'critical', is_anomaly: true, threshold: 50 });
    expect(score!.parts).toEqual([
      { field: 'level', value: 'error', points: 40, rule: 'level_error', setting: 'SCORE_ERROR', why: 'this level' },
      {
        field: 'status_code',
        value: 503,
        points: 30,
        rule: 'status_5xx',
        setting: 'SCORE_SERVER_ERROR',
        why: '500 and above',
      },
      {
        field: 'response_time_ms',
        value: 1200,
        points: 20,
        rule: 'response_slow',
        setting: 'SCORE_SLOW',
        why: '1000 ms and more (SCORE_SLOW_MS)',
      },
      { field: 'error_code', value: null, points: 0, why: 'the record has none' },
    ]);
  });

  test('tells the code of a dead letter, and what to do', () => {
    const letter = explain('hello').dead_letter!;
    expect(letter).toMatchObject({ code: 'invalid_json', advice: LETTER_ADVICE.invalid_json });
    expect(explain('hello').formats.every(({ verdict }) => verdict === 'not_allowed')).toBe(true);
    expect(explainWith(['auto', 'text'])('hello')).toMatchObject({ fate: 'indexed', format: 'plain' });
    expect(explain(Buffer.from([0x7b, 0xff]))).toMatchObject({ fate: 'dead_lettered' });
    expect(Object.keys(LETTER_ADVICE).sort()).toEqual([...REJECTION_CODES].sort());
  });

  test('counts secrets by rule, and shows none: in documents, letters or reasons', () => {
    for (const { rule, text, secret } of canaries('explain')) {
      const shapes = [
        { ...PLAIN_LOG, message: text },
        { level: 30, msg: text },
        text,
        `{"a":${JSON.stringify(text)}`,
        { ...PLAIN_LOG, level: text },
      ];
      for (const shape of shapes) {
        for (const formats of [['auto'], ['auto', 'text']]) {
          const explained = explainWith(formats)(shape);
          expect(JSON.stringify(explained)).not.toContain(secret);
          expect(explained.redacted[rule]).toBeGreaterThan(0);
        }
      }
    }
  });

  test('the document has every number as it came', () => {
    expect(explain('{"level":30,"msg":"x","id":12345678901234567890}').document).toContain('"id":12345678901234567890');
  });
});
