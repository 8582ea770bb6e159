const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
  ],
  // It loads its transport with import(), which Jest's sandbox has not.
  '/otlp-exporter-base/.+\\.js$': ['@swc/jest', { jsc: { target: 'es2023' }, module: { type: 'commonjs' } }],
};
const common = {
  testEnvironment: 'node',
  transform,
  transformIgnorePatterns: ['/node_modules/(?!@opentelemetry/otlp-exporter-base/)'],
  moduleFileExtensions: ['ts', 'js', 'json', 'node'],
  rootDir: __dirname,
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.local/'],
  // Properties are tried so many times as often.
  ...(process.env['SLUICE_TEST_RUNS'] && {
    moduleNameMapper: { '^fast-check$': '<rootDir>/test/support/fast-check-more.js' },
  }),
};

const integration = {
  ...common,
  globalSetup: '<rootDir>/test/support/start-servers.ts',
  globalTeardown: '<rootDir>/test/support/stop-servers.ts',
};

/**
 * `unit` needs no server but Temporal's time-skipping one; `integration` runs on the real three servers, and `exclusive`
 * does things to them that others would notice, so its suites run one after the other when all others are done.
 */
module.exports = {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/integration/'],
      globalSetup: '<rootDir>/test/support/prepare-temporal.ts',
    },
    {
      ...integration,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/integration/exclusive/'],
    },
    {
      ...integration,
      displayName: 'exclusive',
      testMatch: ['<rootDir>/test/integration/exclusive/**/*.test.ts'],
      runner: '<rootDir>/test/support/serial-runner.js',
    },
  ],
  // Workflows run in a VM of their own, which coverage does not see; mains are run as processes.
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/workflows/**',
    '!src/plain-logs/assembly/**',
    '!src/**/main.ts',
    '!src/workers/build-bundle.ts',
  ],
  coverageReporters: ['text', 'lcovonly'],
  coverageThreshold: { global: { lines: 90 } },
  reporters: ['default', '<rootDir>/test/support/closing-line-reporter.js'],
};
