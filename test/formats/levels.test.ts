import { readLevel } from '../../src/formats/levels';

describe('readLevel', () => {
  test.each([
    ['trace', 'TRACE finest finer verbose silly T'],
    ['debug', 'DEBUG Fine config dbg D'],
    ['info', 'INFO Information informational notice log I INFO2 SEVERITY_NUMBER_INFO4'],
    ['warn', 'WARN Warning W'],
    ['error', 'ERROR err SEVERE E ERROR3'],
    ['fatal', 'FATAL critical crit alert emerg EMERGENCY panic F'],
  ])('%s is what %s stand for', (level, names) => {
    for (const name of names.split(' ')) expect([name, readLevel(name, 'pino')]).toEqual([name, level]);
  });

  test.each([
    ['pino', [10, 20, 30, 35, 40, 50, 60], ['trace', 'debug', 'info', 'info', 'warn', 'error', 'fatal']],
    ['syslog', [0, 1, 2, 3, 4, 5, 6, 7], ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug']],
    [
      'otel',
      [1, 5, 8, 9, 13, 17, 20, 21, 24],
      ['trace', 'debug', 'debug', 'info', 'warn', 'error', 'error', 'fatal', 'fatal'],
    ],
  ] as const)('%s counts %j', (scale, numbers, levels) => {
    expect(numbers.map((number) => readLevel(number, scale))).toEqual(levels);
    expect(numbers.map((number) => readLevel(String(number), scale))).toEqual(levels);
  });

  test.each<unknown>(['', 'loud', 'constructor', '__proto__', 'x'.repeat(1e6), {}, null, true])(
    '%p is none',
    (value) => {
      expect(readLevel(value, 'pino')).toBeUndefined();
    },
  );

  test.each([
    [8, 'syslog'],
    [-1, 'syslog'],
    [0, 'otel'],
    [25, 'otel'],
    [0, 'pino'],
    [1.5, 'syslog'],
  ] as const)('%d is none of %s', (value, scale) => {
    expect(readLevel(value, scale)).toBeUndefined();
  });
});
