import type { Account } from '../../shipping/account';
import type { Terminal } from '../terminal';
import { bytes, count } from './figures';

/** Between two lines of progress where there is no terminal. */
const LINE_EVERY_MS = 5000;
const BAR_EVERY_MS = 200;

/** Shows how far the sending is: lines, lines per second, bytes, and for files the time that is left. */
export function createSendProgress(terminal: Terminal, isTerminal: boolean) {
  const startedAt = performance.now();
  const every = isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS;
  let shownAt = startedAt;
  let progress: ReturnType<Terminal['progress']> | undefined;
  return {
    update: ({ lines, bytes: sent }: Account, share: number | undefined): void => {
      const now = performance.now();
      if (now - shownAt < every) return;
      shownAt = now;
      progress ??= terminal.progress('sending');
      const seconds = (now - startedAt) / 1000;
      const rate = `${count(Math.round(lines / seconds))} lines/s`;
      const left = share === undefined || share <= 0 ? '' : `, ${Math.ceil((seconds / share) * (1 - share))} s left`;
      progress.update(share, `${count(lines)} lines, ${rate}, ${bytes(sent)}${left}`);
    },
    stop: () => progress?.stop(),
  };
}
