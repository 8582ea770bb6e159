import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKER_MALLOC } from '../../local/servers/worker-memory';
import { readCompose, ROOT } from './compose-file';

const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const stages = lines.filter((line) => line.startsWith('FROM '));
/** The instructions of the last stage, which is the image. */
const runtime = lines.slice(lines.lastIndexOf(stages.at(-1)!) + 1);
const { services } = readCompose();

/** Paths under `dist` in a command, each with the source it is compiled from. */
function sourcesOf(command: readonly string[]): string[] {
  return command
    .filter((word) => word.startsWith('dist/'))
    .map((word) => word.slice('dist/'.length).replace(/\.js$/, '.ts'));
}

describe('the image', () => {
  it('is built in two stages from one pinned Debian image with a supported Node.js', () => {
    expect(stages).toEqual(['FROM node:24-bookworm-slim AS build', 'FROM node:24-bookworm-slim AS runtime']);
  });

  it('installs exactly what the lockfile says, without running install scripts', () => {
    expect(lines).toContain('RUN npm ci --ignore-scripts');
    expect(lines.join('\n')).toMatch(/npm prune --omit=dev --ignore-scripts/);
  });

  it('runs as a user without rights, under an init', () => {
    expect(runtime).toContain('USER node');
    expect(runtime.indexOf('USER node')).toBeLessThan(runtime.findIndex((line) => line.startsWith('CMD')));
    expect(runtime).toContain('ENTRYPOINT ["tini", "--"]');
  });

  it('has the memory settings of a worker', () => {
    const words = Object.entries(WORKER_MALLOC).map(([name, value]) => `${name}=${value}`);
    expect(runtime).toContain(`ENV ${words.join(' ')}`);
  });

  it('holds no development dependency and no source', () => {
    const copied = runtime.filter((line) => line.startsWith('COPY'));
    expect(copied).toEqual([
      'COPY package.json ./',
      'COPY --from=build /app/node_modules node_modules',
      'COPY --from=build /app/dist dist',
    ]);
  });

  test.each(['worker', 'api', 'generator'])('has the command and the check of %s', (name) => {
    const { command = [], healthcheck } = services[name]!;
    const sources = sourcesOf([...command, ...(healthcheck?.test ?? [])]);
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) expect(existsSync(join(ROOT, source))).toBe(true);
    expect(command[0]).toBe('node');
  });

  it('starts a worker unless it is told otherwise', () => {
    const command = JSON.parse(runtime.at(-1)!.slice('CMD '.length)) as string[];
    expect(sourcesOf(command)).toEqual(['src/workers/main.ts']);
  });

  it('is built from a context that leaves out everything but the sources', () => {
    const rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => !/^(#|$)/.test(line));
    expect(rules[0]).toBe('*');
    const taken = rules.slice(1).map((rule) => rule.replace(/^!/, ''));
    for (const path of taken) expect(existsSync(join(ROOT, path))).toBe(true);
    const copied = lines
      .filter((line) => line.startsWith('COPY') && !line.includes('--from'))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(copied.filter((path) => !taken.includes(path))).toEqual([]);
  });
});
