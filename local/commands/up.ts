import { ConfigError, loadConfig } from '../../src/config';
import { compose } from '../docker/compose';
import { CommandFailure, type Context } from './context';
import { showLiveLine } from './live-line';
import { startNative } from './start-native';
import { showSummary } from './summary';
import { waitForRecord } from './wait-for-record';

const LOOK_BACK_MS = 60_000;

/**
 * Brings the stack up and waits until a record that was produced is found through the API. On a terminal a live line
 * follows until Ctrl-C, which leaves the stack running.
 *
 * @throws CommandFailure saying what keeps it from starting.
 */
export async function up(context: Context): Promise<void> {
  const began = Date.now();
  checkConfiguration(context);
  const deadline = () => Date.now() + context.settings.SLUICE_UP_TIMEOUT_S * 1000;
  let started = false;
  if (context.stack === 'docker') {
    context.say('starting the containers; the first time this builds the image');
    const generator = context.settings.SLUICE_GENERATOR === 'on' ? [] : ['--scale', 'generator=0'];
    await compose(['up', '-d', '--build', '--wait', ...generator]);
  } else {
    started = await startNative(context, deadline);
  }
  // A stack that was running already has its newest record just behind now.
  const since = started ? began : began - LOOK_BACK_MS;
  const found = await waitForRecord(context, since, deadline());
  await showSummary(context, found, Date.now() - began);
  if (process.stdout.isTTY) await showLiveLine(context);
}

/** A bad setting is told here once, not by each process in its log. */
function checkConfiguration({ settings, stack }: Context): void {
  if (stack === 'docker') return;
  try {
    loadConfig(settings.childEnv);
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandFailure(error.message);
    throw error;
  }
}
