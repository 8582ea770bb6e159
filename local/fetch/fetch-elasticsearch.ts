import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project';
import { runCommand } from '../system/run-command';
import { VERSIONS } from '../versions';
import { fetchOnce, type Progress } from './fetch-once';
import { copyJars } from './maven';
import type { Programs } from './programs';

const MODULE = 'transport-netty4';

/** Fetches Elasticsearch's server and its HTTP module, lays out a home folder and compiles our launcher into it. */
export async function fetchElasticsearch(programs: Programs, javaHome: string, progress: Progress): Promise<void> {
  const version = VERSIONS.elasticsearch;
  const label = `Elasticsearch ${version}`;
  await fetchOnce(programs.elasticsearchHome, label, progress, async (home) => {
    progress(`${label}: fetching`);
    await copyJars(label, [`org.elasticsearch:elasticsearch:${version}`], home, javaHome, progress);
    const moduleWork = join(home, 'module-work');
    await copyJars(label, [`org.elasticsearch.plugin:${MODULE}:${version}`], moduleWork, javaHome, progress);
    layOutModule(home, join(moduleWork, 'lib'));
    rmSync(moduleWork, { recursive: true });
    mkdirSync(join(home, 'plugins'));
    await compileLauncher(home, javaHome);
    progress(`${label}: fetched`);
  });
}

/** A module gets a class loader below the server's: only the jars that the server lacks belong to it. */
function layOutModule(home: string, jars: string): void {
  const folder = join(home, 'modules', MODULE);
  mkdirSync(folder, { recursive: true });
  for (const jar of readdirSync(jars)) {
    if (!existsSync(join(home, 'lib', jar))) renameSync(join(jars, jar), join(folder, jar));
  }
  const descriptor = {
    description: 'Netty 4 transport',
    version: VERSIONS.elasticsearch,
    name: MODULE,
    classname: 'org.elasticsearch.transport.netty4.Netty4Plugin',
    'java.version': VERSIONS.minimumJava,
    'elasticsearch.version': VERSIONS.elasticsearch,
    'has.native.controller': false,
  };
  const lines = Object.entries(descriptor).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(join(folder, 'plugin-descriptor.properties'), lines.join(''));
}

async function compileLauncher(home: string, javaHome: string): Promise<void> {
  const source = join(home, 'SluiceElasticsearch.java');
  copyFileSync(join(projectRoot(), 'local', 'java', 'SluiceElasticsearch.java'), source);
  const javac = join(javaHome, 'bin', 'javac');
  await runCommand(javac, ['-cp', join(home, 'lib', '*'), '-d', join(home, 'launcher'), source]);
}
