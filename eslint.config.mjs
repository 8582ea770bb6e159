import js from '@eslint/js';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** The import walls: which folders of src a folder may load by value. Types may come from anywhere. */
const walls = {
  domain: [],
  keys: [],
  scoring: ['domain'],
  redaction: ['domain'],
  formats: ['domain'],
  exports: ['domain'],
  kafka: ['domain', 'formats'],
  elasticsearch: ['domain'],
  'plain-logs': ['domain'],
  activities: ['domain', 'scoring', 'exports'],
  metrics: ['domain'],
  tracing: ['domain'],
  workflows: ['domain'],
  api: ['domain', 'exports', 'keys', 'kafka', 'elasticsearch', 'metrics', 'redaction', 'workflows/contract'],
  shipping: ['domain'],
  explain: ['domain', 'scoring', 'redaction', 'formats', 'kafka', 'elasticsearch'],
  topics: ['domain', 'formats', 'redaction', 'scoring'],
  cli: ['keys', 'shipping'],
};
/** The client library that only one folder may load. */
const owners = {
  kafkajs: ['kafka', 'generator'],
  '@elastic/elasticsearch': ['elasticsearch'],
  '@temporalio/workflow': ['workflows'],
  '@temporalio/activity': ['activities'],
  '@temporalio/worker': ['workers'],
  koa: ['api'],
  'prom-client': ['metrics', 'api'],
  yaml: ['topics'],
  '@opentelemetry/api': ['tracing'],
};
const folders = [
  'domain',
  'keys',
  'scoring',
  'formats',
  'exports',
  'redaction',
  'kafka',
  'elasticsearch',
  'activities',
  'metrics',
  'tracing',
  'workflows',
  'workers',
  'api',
  'generator',
  'shipping',
  'explain',
  'topics',
  'plain-logs',
  'cli',
];

function wall(folder) {
  const allowed = walls[folder];
  const patterns = [];
  if (allowed) {
    const shut = folders.filter((other) => other !== folder && !allowed.some((one) => one.split('/')[0] === other));
    if (shut.length > 0) {
      patterns.push({
        regex: `^(\\.\\./)+(${shut.join('|')})(/|$)`,
        allowTypeImports: true,
        message: `src/${folder} must not load this folder`,
      });
    }
    for (const one of allowed.filter((name) => name.includes('/'))) {
      const [parent, only] = one.split('/');
      patterns.push({
        regex: `^(\\.\\./)+${parent}/(?!${only}$)`,
        allowTypeImports: true,
        message: `src/${folder} may load only ${one}`,
      });
    }
    patterns.push({
      regex: '^(\\.\\./)+(config|settings)$',
      allowTypeImports: true,
      message: 'settings are handed in',
    });
  }
  if (folder === 'domain' || folder === 'scoring' || folder === 'formats' || folder === 'workflows') {
    patterns.push({ regex: '^(node:|zod$|pino$)', message: `src/${folder} is pure` });
  }
  const paths = Object.entries(owners)
    .filter(([, owning]) => !owning.includes(folder) && allowed)
    .map(([name]) => ({
      name,
      allowTypeImports: true,
      message: `only src/${owners[name].join(' and src/')} load ${name}`,
    }));
  return {
    files: [`src/${folder}/**/*.ts`],
    ignores: ['src/*/main.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns, paths }] },
  };
}

export default tseslint.config(
  { ignores: ['dist', 'coverage', '.local', 'node_modules', '**/*.mjs', '**/*.js', 'src/plain-logs/assembly'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [], 'import-x/extensions': ['.ts'] },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'import-x/no-cycle': 'error',
      'no-shadow': 'off',
      '@typescript-eslint/no-shadow': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'local/**/*.ts', 'chaos/**/*.ts'],
    rules: { 'max-lines': ['error', { max: 250, skipBlankLines: false, skipComments: false }] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/**/main.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'only mains read the environment' },
      ],
    },
  },
  ...folders.map(wall),
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
