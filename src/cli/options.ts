import { InvalidArgumentError, Option, type Command } from 'commander';

/** What every order may carry, as the API names it. */
export interface OrderNote {
  reason?: string;
  actor: string;
  requestId?: string;
}

/** Adds what says who orders something and why. */
export function orderOptions(command: Command, actor: string): Command {
  return command
    .option('--reason <text>', 'why; shown beside the state')
    .addOption(new Option('--actor <name>', 'who orders it').default(actor));
}

/** Adds what makes the same order twice one order. */
export function requestIdOption(command: Command): Command {
  return command.option('--request-id <id>', 'the same id twice is one order; give it when you may have to try again');
}

export interface WaitOptions {
  wait?: boolean;
  timeout: number;
}

const DEFAULT_WAIT_S = 300;

/** Adds `--wait` and its limit. */
export function waitOptions(command: Command, until: string): Command {
  return command
    .option('--wait', `return only when ${until}`)
    .option('--timeout <seconds>', 'how long --wait waits at most; 0 is without limit', toSeconds, DEFAULT_WAIT_S);
}

export function toWhole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A whole number is wanted, such as 3.');
  return Number(text);
}

export function toWholes(text: string): number[] {
  return text.split(',').map((one) => toWhole(one.trim()));
}

export function toOffset(text: string): string {
  if (!/^\d{1,16}$/.test(text)) throw new InvalidArgumentError('A Kafka offset is wanted, such as 5000.');
  return text;
}

export function toSeconds(text: string): number {
  if (!/^\d{1,7}(\.\d{1,3})?$/.test(text)) throw new InvalidArgumentError('Seconds are wanted, such as 60.');
  return Number(text);
}

/** The object without the fields that are undefined, as JSON would leave them out. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
