/** Names of a workflow's status that mean it has not ended; one that Temporal itself has paused has not. */
const OPEN: ReadonlySet<string> = new Set(['RUNNING', 'CONTINUED_AS_NEW', 'PAUSED']);

/** True while a workflow of this status, named as Temporal's client does, may still do something. */
export function isOpenStatus(name: string): boolean {
  return OPEN.has(name);
}
