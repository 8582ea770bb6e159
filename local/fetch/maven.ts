import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, runCommand } from '../system/run-command';
import { VERSIONS } from '../versions';
import type { Progress } from './fetch-once';

const ATTEMPTS = 3;

/** `group:artifact:version`. */
export type Coordinates = `${string}:${string}:${string}`;

/**
 * Copies the jars of these artifacts, with all they need at run time, into `workFolder/lib`. Repeated when the network
 * fails.
 */
export async function copyJars(
  label: string,
  artifacts: Coordinates[],
  workFolder: string,
  javaHome: string,
  progress: Progress,
): Promise<void> {
  mkdirSync(workFolder, { recursive: true });
  writeFileSync(join(workFolder, 'pom.xml'), pom(artifacts));
  const goal = `org.apache.maven.plugins:maven-dependency-plugin:${VERSIONS.mavenDependencyPlugin}:copy-dependencies`;
  const args = ['-B', goal, '-DoutputDirectory=lib', '-DincludeScope=runtime', '-Dstyle.color=never'];
  for (let attempt = 1; ; attempt += 1) {
    const count = countLines(label, progress);
    try {
      await runCommand('mvn', args, { cwd: workFolder, env: { ...process.env, JAVA_HOME: javaHome }, onLine: count });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof CommandError)) throw error;
      progress(`${label}: download failed, trying again (${attempt + 1} of ${ATTEMPTS})`);
    }
  }
}

function countLines(label: string, progress: Progress): (line: string) => void {
  let downloaded = 0;
  return (line) => {
    if (!line.includes('Downloaded from')) return;
    downloaded += 1;
    if (downloaded % 10 === 0) progress(`${label}: ${downloaded} files downloaded`);
  };
}

function pom(artifacts: Coordinates[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>sluice</groupId><artifactId>local</artifactId><version>1</version><packaging>pom</packaging>',
    `<dependencies>${dependencies.join('\n')}</dependencies></project>`,
  ].join('\n');
}
