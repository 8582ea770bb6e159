import pc from 'picocolors';
import type { Context } from './context';

/** Prints what GET /health says; returns false unless all is up. */
export async function health({ api, say }: Context): Promise<boolean> {
  let answer;
  try {
    answer = await api.health();
  } catch {
    say(`${pc.red('down')}  the API does not answer at ${api.address}`);
    return false;
  }
  const paint = (status: string | undefined) => (status === 'up' ? pc.green('up  ') : pc.red(status ?? '?'));
  say(`${paint(answer.status)}  sluice ${answer.version ?? ''}`);
  for (const [name, { status, latency_ms, message }] of Object.entries(answer.dependencies ?? {})) {
    say(`${paint(status)}  ${name.padEnd(14)} ${String(latency_ms ?? '-').padStart(7)} ms  ${message ?? ''}`);
  }
  return answer.status === 'up';
}
