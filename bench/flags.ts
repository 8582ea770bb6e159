import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Something on the command line that cannot be meant: told in words. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

/** @throws FlagError unless the text is a whole number from `min` on, at most 1,000,000 */
export function wholeFlag(name: string, text: string, min = 1): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= 1_000_000) return value;
  throw new FlagError(`--${name} must be a whole number from ${min} to 1000000, not ${JSON.stringify(text)}`);
}

/** @throws FlagError unless the text is a comma-separated list of whole numbers above 0, each once */
export function wholesFlag(name: string, text: string): number[] {
  const values = text.split(',').map((one) => wholeFlag(name, one.trim()));
  if (new Set(values).size === values.length) return values;
  throw new FlagError(`--${name} names a number twice`);
}

/** @throws FlagError naming a flag that there is not, or one that lacks its value */
export function readFlags<const T extends NonNullable<ParseArgsConfig['options']>>(options: T, args?: string[]) {
  try {
    return parseArgs({ options, ...(args && { args }) }).values;
  } catch (error) {
    throw new FlagError((error as Error).message);
  }
}
