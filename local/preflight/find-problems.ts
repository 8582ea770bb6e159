import { VERSIONS } from '../versions';

/** What the machine is like, as far as it matters before a start. */
export interface Facts {
  nodeVersion: string;
  hasJdk: boolean;
  /** Also true when nothing has to be fetched with it. */
  hasMaven: boolean;
  /** Also true when nothing has to be fetched with it. */
  hasPython: boolean;
  takenPorts: { name: string; variable: string; port: number; holder?: string | undefined }[];
  /** Undefined where the system cannot tell. */
  availableMemoryMb: number | undefined;
  neededMemoryMb: number;
  freeDiskMb: number;
  neededDiskMb: number;
  dataFolder: string;
}

const MINIMUM_NODE = [20, 15] as const;

/** One line for each thing that would keep the stack from starting: what it is, and how to mend it. */
export function findProblems(facts: Facts): string[] {
  const problems: string[] = [];
  if (!isNodeNewEnough(facts.nodeVersion)) {
    problems.push(
      `Node.js is ${facts.nodeVersion}, ${MINIMUM_NODE.join('.')} or newer is needed: install a newer one.`,
    );
  }
  if (!facts.hasJdk) {
    problems.push(
      `No JDK of ${VERSIONS.minimumJava} or newer was found in JAVA_HOME, on the PATH or in the usual folders: install one ` +
        '(a JDK, not a JRE), or set JAVA_HOME to it.',
    );
  }
  if (!facts.hasMaven) {
    problems.push(
      '`mvn` does not run, and Kafka and Elasticsearch are fetched with it: install Maven (package `maven`).',
    );
  }
  if (!facts.hasPython) {
    problems.push(
      '`python3` with the modules venv and ensurepip does not run, and Temporal is fetched with it: install Python 3 ' +
        '(on Debian and Ubuntu also the package `python3-venv`).',
    );
  }
  for (const { name, variable, port, holder } of facts.takenPorts) {
    const by = holder === undefined ? 'another process' : holder;
    problems.push(`Port ${port} for ${name} is taken by ${by}: stop that, or set ${variable} to a free port.`);
  }
  if (facts.availableMemoryMb !== undefined && facts.availableMemoryMb < facts.neededMemoryMb) {
    problems.push(
      `${gib(facts.availableMemoryMb)} GB of memory is available, ${gib(facts.neededMemoryMb)} GB is needed: close other ` +
        'programs, or lower SLUICE_ELASTICSEARCH_HEAP_MB (at least 512) or SLUICE_KAFKA_HEAP_MB (at least 256).',
    );
  }
  if (facts.freeDiskMb < facts.neededDiskMb) {
    problems.push(
      `${gib(facts.freeDiskMb)} GB of disk is free for ${facts.dataFolder}, ${gib(facts.neededDiskMb)} GB is needed: make ` +
        'room, or set SLUICE_LOCAL_DIR to a folder on another disk.',
    );
  }
  return problems;
}

function isNodeNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
}

function gib(mib: number): string {
  return (mib / 1024).toFixed(1);
}
