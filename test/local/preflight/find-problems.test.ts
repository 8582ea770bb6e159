import { findProblems, type Facts } from '../../../local/preflight/find-problems';

const FINE: Facts = {
  nodeVersion: '20.20.2',
  hasJdk: true,
  hasMaven: true,
  hasPython: true,
  takenPorts: [],
  availableMemoryMb: 8_000,
  neededMemoryMb: 2_536,
  freeDiskMb: 50_000,
  neededDiskMb: 3_000,
  dataFolder: '/data',
};

describe('findProblems', () => {
  test('a machine that has everything has no problem', () => {
    expect(findProblems(FINE)).toEqual([]);
  });

  test.each<[string, Partial<Facts>, RegExp]>([
    ['an old Node.js', { nodeVersion: '20.14.0' }, /Node\.js is 20\.14\.0, 20\.15 or newer is needed/],
    ['no JDK', { hasJdk: false }, /No JDK of 21 or newer.*set JAVA_HOME/],
    ['no Maven', { hasMaven: false }, /install Maven/],
    ['no Python', { hasPython: false }, /python3-venv/],
    ['too little memory', { availableMemoryMb: 1_024 }, /1\.0 GB of memory is available, 2\.5 GB is needed/],
    ['too little disk', { freeDiskMb: 512 }, /0\.5 GB of disk is free for \/data.*SLUICE_LOCAL_DIR/],
    [
      'a taken port',
      { takenPorts: [{ name: 'Kafka', variable: 'SLUICE_KAFKA_PORT', port: 9092, holder: 'java (pid 12)' }] },
      /^Port 9092 for Kafka is taken by java \(pid 12\): stop that, or set SLUICE_KAFKA_PORT to a free port\.$/,
    ],
    [
      'a port taken by somebody unknown',
      { takenPorts: [{ name: 'the API', variable: 'API_PORT', port: 8000 }] },
      /Port 8000 for the API is taken by another process/,
    ],
  ])('%s is one line that says how to mend it', (_, facts, line) => {
    expect(findProblems({ ...FINE, ...facts })).toEqual([expect.stringMatching(line)]);
  });

  test('newer major versions of Node.js are fine', () => {
    expect(findProblems({ ...FINE, nodeVersion: '24.1.0' })).toEqual([]);
  });

  test('memory that the system cannot tell is no problem', () => {
    expect(findProblems({ ...FINE, availableMemoryMb: undefined })).toEqual([]);
  });

  test('all problems are told at once', () => {
    expect(findProblems({ ...FINE, hasJdk: false, hasMaven: false })).toHaveLength(2);
  });
});
