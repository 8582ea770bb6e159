import { fetchServers } from '../fetch/fetch-servers';
import { programsIn, type Programs } from '../fetch/programs';
import { localFolder } from '../local-folder';
import { findJdk } from '../system/find-jdk';
import { VERSIONS } from '../versions';

/**
 * The servers' programs, fetched where they are missing, and the JDK they run on.
 *
 * @throws Error when no JDK is found
 */
export async function preparePrograms(): Promise<{ programs: Programs; javaHome: string }> {
  const javaHome = findJdk(process.env)?.home;
  if (!javaHome) throw new Error(`no JDK of ${VERSIONS.minimumJava} or newer found: install one or set JAVA_HOME`);
  const programs = programsIn(localFolder(process.env));
  await fetchServers(programs, javaHome, (line) => process.stderr.write(`${line}\n`));
  return { programs, javaHome };
}
