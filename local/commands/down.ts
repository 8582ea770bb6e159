import { compose } from '../docker/compose';
import { stateFile } from '../supervisor/stack-state';
import { stopStack } from '../supervisor/stop-stack';
import type { Context } from './context';

/** Stops the stack and leaves no process behind; the data stays. */
export async function down({ settings, stack, say }: Context): Promise<void> {
  if (stack === 'docker') return compose(['down']);
  const stopped = await stopStack(stateFile(settings.localFolder), say);
  say(stopped ? 'stopped; the data is kept for the next `make up`' : 'nothing runs');
}
