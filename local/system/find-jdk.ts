import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { VERSIONS } from '../versions';

export interface Jdk {
  home: string;
  /** Feature release: 21, 25. */
  version: number;
}

/** Folders that hold JDKs, each a home or (macOS) a bundle around one. */
const JVM_FOLDERS = [
  '/usr/lib/jvm',
  '/usr/lib64/jvm',
  '/usr/java',
  '/opt/java',
  '/opt/jdk',
  '/opt',
  '/Library/Java/JavaVirtualMachines',
  '/opt/homebrew/opt',
  join(homedir(), '.sdkman/candidates/java'),
  join(homedir(), '.jdks'),
  join(homedir(), '.asdf/installs/java'),
];

/**
 * A JDK (with compiler) of at least the needed version: JAVA_HOME if it fits, then `java` on the PATH, then the newest
 * one in the usual folders. Undefined when there is none.
 */
export function findJdk(env: NodeJS.ProcessEnv, jvmFolders: readonly string[] = JVM_FOLDERS): Jdk | undefined {
  const named = [env['JAVA_HOME'] ?? '', ...homesOnPath(env['PATH'] ?? '')];
  const preferred = named.map(readJdk).find(isNewEnough);
  if (preferred) return preferred;
  const installed = jvmFolders.flatMap(homesIn).map(readJdk).filter(isNewEnough);
  return installed.sort((a, b) => b.version - a.version)[0];
}

function isNewEnough(jdk: Jdk | undefined): jdk is Jdk {
  return jdk !== undefined && jdk.version >= VERSIONS.minimumJava;
}

/** Reads the `release` file that every JDK carries: no process is started. */
function readJdk(home: string): Jdk | undefined {
  if (home === '' || !existsSync(join(home, 'bin', 'java')) || !existsSync(join(home, 'bin', 'javac')))
    return undefined;
  try {
    const release = readFileSync(join(home, 'release'), 'utf8');
    const version = parseJavaVersion(/^JAVA_VERSION="([^"]+)"/m.exec(release)?.[1] ?? '');
    return version === undefined ? undefined : { home, version };
  } catch {
    return undefined;
  }
}

/** `25.0.3` is 25, `1.8.0_402` is 8. */
export function parseJavaVersion(text: string): number | undefined {
  const match = /^(?:1\.)?(\d+)/.exec(text);
  return match ? Number(match[1]) : undefined;
}

function homesOnPath(path: string): string[] {
  const homes: string[] = [];
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const java = join(folder, 'java');
    if (existsSync(java)) homes.push(dirname(dirname(realpathSync(java))));
  }
  return homes;
}

function homesIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => [
    join(folder, name),
    join(folder, name, 'Contents', 'Home'),
    join(folder, name, 'libexec', 'openjdk.jdk', 'Contents', 'Home'),
  ]);
}
