import { z } from 'zod';
import { elasticsearchProblems } from './elasticsearch/security';
import { securityProblems } from './kafka/security';
import { queryProblems } from './query-settings';
import { redactionProblems } from './redaction-settings';
import { contradictions } from './scoring/rules';
import { settings, type Settings } from './settings';
import { temporalProblems } from './temporal-security';

type Section = Record<string, { env: string; schema: z.ZodType }>;
type Values<S extends Section> = { readonly [K in keyof S]: z.output<S[K]['schema']> };

/** Every setting by section, checked and frozen. */
export type Config = { readonly [S in keyof Settings]: Values<Settings[S]> };

/** All problems of a configuration at once, one line each: the variable, what is wrong, what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the configuration from an environment. An empty or blank variable counts as unset. Only mains call this.
 *
 * @throws ConfigError naming every variable that is wrong
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const problems: string[] = [];
  const config: Record<string, Record<string, unknown>> = {};
  for (const [sectionName, section] of Object.entries(settings) as [string, Section][]) {
    const values: Record<string, unknown> = {};
    for (const [name, setting] of Object.entries(section)) {
      const text = env[setting.env];
      const result = setting.schema.safeParse(text?.trim() === '' ? undefined : text);
      if (result.success) values[name] = Object.freeze(result.data);
      else problems.push(...result.error.issues.map((issue) => `${setting.env}: ${issue.message}`));
    }
    config[sectionName] = Object.freeze(values);
  }
  const { topic, deadLetterTopic } = config['kafka'] ?? {};
  // A dead letter holds the rejected bytes: read as a log it would be rejected again, for ever.
  if (topic !== undefined && topic === deadLetterTopic) {
    problems.push(`${settings.kafka.deadLetterTopic.env}: must differ from ${settings.kafka.topic.env}`);
  }
  if (problems.length === 0) {
    const { scoring, kafka, elasticsearch, temporal, redaction, api } = config as unknown as Config;
    problems.push(...contradictions(scoring), ...securityProblems(kafka), ...redactionProblems(redaction));
    problems.push(...elasticsearchProblems(elasticsearch), ...temporalProblems(temporal), ...queryProblems(api));
  }
  if (problems.length > 0) throw new ConfigError(`bad configuration:\n  ${problems.join('\n  ')}`);
  return Object.freeze(config) as Config;
}

/** The configuration as lines `NAME=value` for the log, secrets masked. */
export function describeConfig(config: Config): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [sectionName, section] of Object.entries(settings) as [keyof Settings, Section][]) {
    for (const [name, setting] of Object.entries(section)) {
      const value = (config[sectionName] as Record<string, unknown>)[name];
      const secret = z.globalRegistry.get(setting.schema)?.secret === true;
      shown[setting.env] = secret && value !== undefined ? '***' : withoutPassword(value);
    }
  }
  return shown;
}

/** An address without the name and password that may stand in it. */
function withoutPassword(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^(https?:\/\/)[^/]*@/, '$1***@') : value;
}
