import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { compose } from '../docker/compose';
import { projectRoot } from '../project';
import { cursorSecretFile } from '../stack-settings';
import { stateFile } from '../supervisor/stack-state';
import { stopStack } from '../supervisor/stop-stack';
import type { Context } from './context';

/** Stops the stack and removes its data, logs and everything built. The servers' programs stay unless `all`. */
export async function clean({ settings, stack, say }: Context, all: boolean): Promise<void> {
  if (stack === 'docker') await compose(['down', '--volumes']);
  else await stopStack(stateFile(settings.localFolder), say);
  const root = projectRoot();
  const folders = [
    // By name: the data folder may be one that the person shares with other things.
    ...['kafka', 'temporal', 'elasticsearch'].map((name) => join(settings.dataFolder, name)),
    cursorSecretFile(settings.dataFolder),
    join(settings.localFolder, 'logs'),
    join(settings.localFolder, 'exports'),
    join(settings.localFolder, 'run'),
    ...(all ? [join(settings.localFolder, 'servers')] : []),
    ...['dist', 'coverage'].map((name) => join(root, name)),
  ];
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  say(`removed data, logs and build${all ? ', and the servers' : '; the servers are kept (clean --all removes them)'}`);
}
