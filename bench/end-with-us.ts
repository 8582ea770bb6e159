import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();
let watching = false;

/** Lets a child end with this process, also where that is stopped by a signal: a worker left over would drain for ever. */
export function endWithUs<Child extends ChildProcess>(child: Child): Child {
  if (!watching) {
    watching = true;
    process.once('exit', () => children.forEach((one) => one.kill('SIGTERM')));
    // Who ends by itself, with what it has measured by then, is let.
    if (process.listenerCount('SIGINT') === 0) process.once('SIGINT', () => process.exit(130));
    if (process.listenerCount('SIGTERM') === 0) process.once('SIGTERM', () => process.exit(143));
  }
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}
