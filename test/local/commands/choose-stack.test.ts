import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseStack } from '../../../local/commands/choose-stack';
import { resolveStackSettings } from '../../../local/stack-settings';
import { stateFile, writeState } from '../../../local/supervisor/stack-state';
import { identify } from '../../../local/system/process-identity';

const path = process.env['PATH'];
let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sluice-choose-'))));
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true });
});

/** A `docker` that ends with these exit codes for `info` and `compose`. */
function installDocker(info: number, compose: number): void {
  const file = join(folder, 'docker');
  writeFileSync(file, `#!/bin/sh\n[ "$1" = info ] && exit ${info}\nexit ${compose}\n`);
  chmodSync(file, 0o755);
  process.env['PATH'] = `${folder}:${path}`;
}

const settings = (stack?: string) =>
  resolveStackSettings({ SLUICE_LOCAL_DIR: folder, ...(stack === undefined ? {} : { STACK: stack }) });

describe('chooseStack', () => {
  test('an engine that answers and has compose is used', async () => {
    installDocker(0, 0);
    expect(await chooseStack(settings())).toBe('docker');
  });

  test.each([
    ['does not answer', 1, 0],
    ['has no compose', 0, 1],
  ])('with an engine that %s the stack is native', async (_, info, compose) => {
    installDocker(info, compose);
    expect(await chooseStack(settings())).toBe('native');
  });

  test('STACK decides whatever Docker says', async () => {
    installDocker(0, 0);
    expect(await chooseStack(settings('native'))).toBe('native');
    installDocker(1, 1);
    expect(await chooseStack(settings('docker'))).toBe('docker');
  });

  test('a native stack that runs is meant, even when Docker has come up since', async () => {
    installDocker(0, 0);
    const state = { supervisor: identify(process.pid)!, startedAt: '', phase: 'running' as const, processes: [] };
    writeState(stateFile(folder), state);
    expect(await chooseStack(settings())).toBe('native');
  });
});
