import type { Logger } from '../logger';
import type { DriftCheck } from './retention-ports';

/** Of what is found, as much as a log line names; GET /retention has all of it. */
const MAX_LOGGED = 5;

/**
 * Warns of index templates and mappings that are not as this version asks for.
 *
 * @returns how many differences there are; undefined when they could not be looked for, which fails nothing
 */
export async function reportDrift(check: DriftCheck, logger: Pick<Logger, 'warn'>): Promise<number | undefined> {
  try {
    const found = await check();
    if (found.length > 0) {
      const about = { differences: found.length, first: found.slice(0, MAX_LOGGED) };
      logger.warn(about, 'index template or mapping is not as this version asks for, see GET /retention');
    }
    return found.length;
  } catch (error) {
    logger.warn({ reason: (error as Error).message }, 'index templates could not be looked at');
    return undefined;
  }
}
