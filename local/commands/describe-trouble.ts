import type { StackState } from '../supervisor/stack-state';
import { lastLines } from './last-lines';

const LINES = 8;

/** Every process that does not run, with how it ended and the end of its log. */
export function describeTrouble(state: StackState): string[] {
  const troubled = state.processes.filter(({ state: one, restarts }) => one !== 'running' || restarts > 0);
  return troubled.flatMap(({ name, state: one, restarts, lastExit, logFile }) => {
    const ended = lastExit === undefined ? '' : `, ended with ${lastExit}`;
    const again = restarts === 0 ? '' : `, started again ${restarts} times`;
    const lines = one === 'waiting' ? [] : lastLines(logFile, LINES).map((line) => `    ${line}`);
    return [`${name}: ${one}${ended}${again}${lines.length > 0 ? `; ${logFile} ends:` : ''}`, ...lines];
  });
}
