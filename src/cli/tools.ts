import type { LocalTools } from '../local-tools';
import { CliFailure, EXIT } from './failures';
import type { Surroundings } from './session';

/** What the command does with the settings of its environment. @throws CliFailure usage when these are wrong */
export async function openTools({ openTools: open }: Surroundings): Promise<LocalTools> {
  if (!open) throw new Error('there are no tools here');
  try {
    return await open();
  } catch (error) {
    if (!['ConfigError', 'PipelineFileError'].includes((error as Error).name)) throw error;
    throw new CliFailure(EXIT.usage, (error as Error).message, undefined, { cause: error });
  }
}
