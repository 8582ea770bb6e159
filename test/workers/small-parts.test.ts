import { windowOf } from '../../src/workers/start-pipeline';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { BUNDLE_PATH, workflowCode } from '../../src/workers/bundle';
import { rulesHash } from '../../src/workers/rules-hash';
import { temporalLogger } from '../../src/workers/temporal-logger';
import { RULES } from '../support/records';

const PLACE = { indexPrefix: 'logs' };

describe('rulesHash', () => {
  test('the same rules in any order give the same 16 hex digits', () => {
    const reversed = Object.fromEntries(Object.entries(RULES).reverse()) as unknown as typeof RULES;
    expect(rulesHash(reversed, ['auto'], 'redaction', PLACE)).toBe(rulesHash(RULES, ['auto'], 'redaction', PLACE));
    expect(rulesHash(RULES, ['auto'], 'redaction', PLACE)).toMatch(/^[0-9a-f]{16}$/);
  });

  test('any changed weight or threshold gives another hash', () => {
    const hashes = Object.keys(RULES).map((name) =>
      rulesHash({ ...RULES, [name]: 99_999 }, ['auto'], 'redaction', PLACE),
    );
    expect(new Set([rulesHash(RULES, ['auto'], 'redaction', PLACE), ...hashes]).size).toBe(hashes.length + 1);
  });
});

describe('rulesHash, place', () => {
  test('workers that write to other indices have other hashes', () => {
    const places = [PLACE, { indexPrefix: 'other' }, { indexPrefix: 'logs', oldestDay: '2026-11-01' }];
    expect(new Set(places.map((place) => rulesHash(RULES, ['auto'], 'redaction', place))).size).toBe(3);
  });
});

describe('rulesHash, formats', () => {
  test('other formats give another hash; their order and a name that stands twice do not', () => {
    const hash = (...formats: string[]) => rulesHash(RULES, formats, 'redaction', PLACE);
    expect(new Set([hash('auto'), hash('auto', 'text'), hash('pino')]).size).toBe(3);
    expect(hash('text', 'auto', 'text')).toBe(hash('auto', 'text'));
  });
});

describe('workflowCode', () => {
  test('a bundle that exists is used', () => {
    expect(workflowCode(__filename)).toEqual({ workflowBundle: { codePath: __filename } });
  });

  test('without a bundle the sources are', () => {
    expect(workflowCode('/no/such/bundle.js')).toEqual({
      workflowsPath: expect.stringMatching(/src[\\/]workflows[\\/]index\.ts$/),
      interceptors: { workflowModules: [expect.stringMatching(/src[\\/]workflows[\\/]early-events\.ts$/)] },
    });
    expect(BUNDLE_PATH).toMatch(/workflow-bundle\.js$/);
  });
});

describe('temporalLogger', () => {
  function logged(write: (logger: ReturnType<typeof temporalLogger>) => void) {
    const lines: string[] = [];
    const stream = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) });
    write(temporalLogger(pino({ level: 'trace', base: null, timestamp: false }, stream)));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  test('one step calmer than the SDK has it, in lower case, with where it happened', () => {
    const meta = { workflowId: 'ingest/logs/0', activityType: 'pullBatch', attempt: 3, taskQueue: 'q' };
    const lines = logged((logger) => {
      logger.trace('A');
      logger.debug('B');
      logger.info('C', meta);
      logger.warn('D');
      logger.error('E');
      logger.log('WARN', 'F');
    });
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [10, 'temporal: a'],
      [20, 'temporal: b'],
      [20, 'temporal: c'],
      [30, 'temporal: d'],
      [40, 'temporal: e'],
      [40, 'temporal: f'],
    ]);
    expect(lines[2]).toMatchObject(meta);
  });

  test('of an error only its type is kept, and of other fields nothing', () => {
    const [line] = logged((logger) => logger.error('Failed', { error: new TypeError('canary'), payload: 'canary' }));
    expect(line).toMatchObject({ error: 'TypeError' });
    expect(JSON.stringify(line)).not.toContain('canary');
  });
});

describe('windowOf', () => {
  it('is the setting, or else by the number of partitions', () => {
    expect([1, 2, 3, 64].map((partitions) => windowOf(0, partitions))).toEqual([2, 2, 1, 1]);
    expect([1, 64].map((partitions) => windowOf(4, partitions))).toEqual([4, 4]);
  });
});
