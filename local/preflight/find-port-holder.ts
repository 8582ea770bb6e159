import { runCommand } from '../system/run-command';

/** Who listens on a port, as `name (pid n)`; undefined when neither `ss` nor `lsof` can tell. */
export async function findPortHolder(port: number): Promise<string | undefined> {
  const attempts: [string, string[], (output: string) => string | undefined][] = [
    ['ss', ['-Hltnp', `sport = :${port}`], parseSs],
    ['lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], parseLsof],
  ];
  for (const [command, args, parse] of attempts) {
    const output = await runCommand(command, args, { timeoutMs: 5_000 }).catch(() => '');
    const holder = parse(output);
    if (holder) return holder;
  }
  return undefined;
}

/** From a line that ends with `users:(("java",pid=12,fd=3))`. */
export function parseSs(output: string): string | undefined {
  const match = /\(\("([^"]+)",pid=(\d+)/.exec(output);
  return match ? `${match[1]} (pid ${match[2]})` : undefined;
}

/** From fields on lines of their own, `p12` and `cjava`. */
export function parseLsof(output: string): string | undefined {
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  const name = /^c(.+)$/m.exec(output)?.[1];
  return pid && name ? `${name} (pid ${pid})` : undefined;
}
