import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { localFolder } from './local-folder';
import { projectRoot } from './project';

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const port = (value: number) => whole(1, 65_535).default(value);

/** The settings of the embedded stack, beside those of the processes it starts (`src/settings.ts`). */
const schema = z.object({
  STACK: z.enum(['native', 'docker']).optional(),
  SLUICE_DATA_DIR: z.string().optional(),
  SLUICE_LOG_DIR: z.string().optional(),
  SLUICE_KAFKA_PORT: port(9092),
  SLUICE_KAFKA_CONTROLLER_PORT: port(9093),
  SLUICE_ELASTICSEARCH_PORT: port(9200),
  SLUICE_ELASTICSEARCH_TRANSPORT_PORT: port(9300),
  SLUICE_TEMPORAL_PORT: port(7233),
  SLUICE_TEMPORAL_UI_PORT: port(8233),
  API_PORT: port(8000),
  SLUICE_KAFKA_HEAP_MB: whole(256, 65_536).default(512),
  SLUICE_ELASTICSEARCH_HEAP_MB: whole(512, 31_744).default(1024),
  SLUICE_WORKERS: whole(0, 64).default(1),
  SLUICE_GENERATOR: z.enum(['on', 'off']).default('on'),
  SLUICE_UP_TIMEOUT_S: whole(10, 3600).default(300),
});

export type StackVariable = keyof z.output<typeof schema>;

export interface StackSettings extends z.output<typeof schema> {
  localFolder: string;
  dataFolder: string;
  logFolder: string;
  /** The environment of the processes: what was given, with the addresses that follow from the ports. */
  childEnv: NodeJS.ProcessEnv;
}

/** Settings that are wrong, one line each. */
export class StackSettingsError extends Error {
  override readonly name = 'StackSettingsError';
}

/** The environment over the `.env` file of the project, if there is one. */
export function readEnvironment(env: NodeJS.ProcessEnv, file = join(projectRoot(), '.env')): NodeJS.ProcessEnv {
  if (!existsSync(file)) return env;
  return { ...parseEnv(readFileSync(file, 'utf8')), ...env };
}

/**
 * Resolves folders, ports and what the processes are told.
 *
 * @throws StackSettingsError naming every variable that is wrong.
 */
export function resolveStackSettings(env: NodeJS.ProcessEnv): StackSettings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new StackSettingsError(`bad settings:\n  ${lines.join('\n  ')}`);
  }
  const values = result.data;
  rejectSharedPorts(values);
  const folder = localFolder(env);
  const dataFolder = resolve(projectRoot(), values.SLUICE_DATA_DIR ?? join(folder, 'data'));
  return {
    ...values,
    localFolder: folder,
    dataFolder,
    logFolder: resolve(projectRoot(), values.SLUICE_LOG_DIR ?? join(folder, 'logs')),
    childEnv: { ...childEnv(env, values), ...cursorSecret(env, dataFolder) },
  };
}

/** The ports that the stack listens on, with what each is for. */
export function portsOf(settings: z.output<typeof schema>): { name: string; variable: StackVariable; port: number }[] {
  const ports: [string, StackVariable][] = [
    ['Kafka', 'SLUICE_KAFKA_PORT'],
    ["Kafka's controller", 'SLUICE_KAFKA_CONTROLLER_PORT'],
    ['Elasticsearch', 'SLUICE_ELASTICSEARCH_PORT'],
    ["Elasticsearch's transport", 'SLUICE_ELASTICSEARCH_TRANSPORT_PORT'],
    ['Temporal', 'SLUICE_TEMPORAL_PORT'],
    ["Temporal's Web UI", 'SLUICE_TEMPORAL_UI_PORT'],
    ['the API', 'API_PORT'],
  ];
  return ports.map(([name, variable]) => ({ name, variable, port: settings[variable] as number }));
}

function rejectSharedPorts(values: z.output<typeof schema>): void {
  const ports = portsOf(values);
  const lines = ports.flatMap((one, index) => {
    const other = ports.slice(index + 1).find(({ port: number }) => number === one.port);
    return other ? [`${one.variable} and ${other.variable}: both are ${one.port}`] : [];
  });
  if (lines.length > 0) throw new StackSettingsError(`bad settings:\n  ${lines.join('\n  ')}`);
}

/** Cursors outlive a restart of the API: their secret is kept with the data, unless one is given. */
function cursorSecret(env: NodeJS.ProcessEnv, dataFolder: string): NodeJS.ProcessEnv {
  const isGiven = env['API_CURSOR_SECRET'] || env['API_CURSOR_SECRET_FILE'];
  return isGiven ? {} : { API_CURSOR_SECRET_FILE: cursorSecretFile(dataFolder) };
}

export function cursorSecretFile(dataFolder: string): string {
  return join(dataFolder, 'cursor-secret');
}

/** Variables of the stack itself stay behind: the processes know only their own. */
function childEnv(env: NodeJS.ProcessEnv, values: z.output<typeof schema>): NodeJS.ProcessEnv {
  const own = new Set([...Object.keys(schema.shape), 'SLUICE_LOCAL_DIR']);
  const passed = Object.entries(env).filter(([name]) => !own.has(name));
  return {
    NODE_ENV: 'production',
    ...Object.fromEntries(passed),
    KAFKA_BROKERS: `127.0.0.1:${values.SLUICE_KAFKA_PORT}`,
    ELASTICSEARCH_URL: `http://127.0.0.1:${values.SLUICE_ELASTICSEARCH_PORT}`,
    TEMPORAL_ADDRESS: `127.0.0.1:${values.SLUICE_TEMPORAL_PORT}`,
    TEMPORAL_UI_URL: `http://127.0.0.1:${values.SLUICE_TEMPORAL_UI_PORT}`,
    API_PORT: String(values.API_PORT),
  };
}
