import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { scripts } from '../package.json';
import { projectRoot } from '../local/project';

/** Programs that package.json's commands run from their sources. */
const PROGRAMS = [
  ...new Set(Object.values(scripts).flatMap((text) => [...text.matchAll(/tsx (\S+\.ts)/g)].map(([, file]) => file!))),
];
const LOAD = 'for (const file of JSON.parse(process.argv[1])) require(file);';

/** The modules of ours that a program begins with: what it does itself is not run. */
function importsOf(program: string): string[] {
  const file = join(projectRoot(), program);
  const names = [...readFileSync(file, 'utf8').matchAll(/^(?:import|\}) .*from '(\.[^']+)';$/gm)].map(
    ([, name]) => name!,
  );
  return names.filter((name) => !name.endsWith('.json')).map((name) => join(dirname(file), name));
}

describe('the commands of package.json', () => {
  it('load outside of the tests, whose setup gives them nothing', () => {
    expect(PROGRAMS.length).toBeGreaterThan(10);
    const files = PROGRAMS.flatMap(importsOf);
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:SLUICE_|JEST_)/.test(name)));
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '-e', LOAD, JSON.stringify(files)], {
      cwd: projectRoot(),
      env,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }, 120_000);
});
