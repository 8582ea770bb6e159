import type { Config } from '../config';
import { letterIndexPrefix } from '../domain/dead-letter';
import { logIndexPatterns } from '../domain/ids';
import { contradictions } from '../scoring/rules';
import { indexPrefix, topic as topicName } from '../setting';
import type { FilePath, ParsedFile } from './parse-file';
import { PipelineFileError } from './pipeline-file-error';
import { RULE_NAMES, type CommonPart, type TopicEntry } from './schema';

/** Least that is read ahead of one topic. */
const MIN_READ_AHEAD_BYTES = 64 * 1024;

/**
 * What a file says of its topics, each as a whole configuration: of the topic, else of the defaults, else of the
 * environment. In the order of the file.
 *
 * @throws PipelineFileError when topics contradict each other or themselves
 */
export function resolveTopics(file: string, parsed: ParsedFile, base: Config): Config[] {
  const { content } = parsed;
  const problems: string[] = [];
  const tell = (path: FilePath, what: string) => problems.push(parsed.problemAt(path, what));
  const configs = content.topics.map((entry, position) =>
    resolveTopic(base, content.defaults, entry, content.topics.length, (part, what) =>
      tell(['topics', position, ...part], what),
    ),
  );
  checkNames(configs, tell);
  checkPrefixes(configs, tell);
  if (problems.length > 0) throw new PipelineFileError(file, problems);
  return configs;
}

type Tell = (path: FilePath, what: string) => void;

function resolveTopic(base: Config, defaults: CommonPart = {}, entry: TopicEntry, topics: number, tell: Tell): Config {
  const { topic } = entry;
  const common = merge(defaults, entry);
  const { kafka, elasticsearch, redaction, pipeline } = base;
  const config: Config = Object.freeze({
    ...base,
    kafka: Object.freeze({
      ...kafka,
      topic,
      deadLetterTopic: entry.dead_letter_topic ?? `${topic}.dead-letters`,
      formats: common.formats ?? kafka.formats,
      partitions: common.partitions ?? kafka.partitions,
      oldestDay: common.oldest_day ?? kafka.oldestDay,
      readAheadBytes: Math.max(MIN_READ_AHEAD_BYTES, Math.floor(kafka.readAheadBytes / topics)),
    }),
    elasticsearch: Object.freeze({
      ...elasticsearch,
      indexPrefix: entry.index_prefix ?? topic,
      retentionDays: common.retention_days ?? elasticsearch.retentionDays,
      deadLetterRetentionDays: common.dead_letter_retention_days ?? elasticsearch.deadLetterRetentionDays,
    }),
    redaction: Object.freeze({
      ...redaction,
      rules: common.redaction.rules ?? redaction.rules,
      fields: common.redaction.fields ?? redaction.fields,
    }),
    scoring: Object.freeze({ ...base.scoring, ...rulesOf(common.scoring) }),
    pipeline: Object.freeze({
      ...pipeline,
      maxRecords: common.batch.max_records ?? pipeline.maxRecords,
      maxBytes: common.batch.max_bytes ?? pipeline.maxBytes,
      lingerMs: common.batch.linger_ms ?? pipeline.lingerMs,
    }),
  });
  for (const one of contradictions(config.scoring)) tell(['scoring'], inFileNames(one));
  if (entry.index_prefix === undefined && !indexPrefix.safeParse(topic).success) {
    tell(['topic'], 'is no name for indices, which are lower-case: give the topic an index_prefix');
  }
  if (!topicName.safeParse(config.kafka.deadLetterTopic).success) {
    tell(['topic'], 'is too long for NAME.dead-letters: give the topic a dead_letter_topic');
  }
  return config;
}

/** Sections are merged name by name, lists are taken whole. */
function merge(defaults: CommonPart, entry: TopicEntry) {
  return {
    ...defaults,
    ...entry,
    redaction: { ...defaults.redaction, ...entry.redaction },
    scoring: { ...defaults.scoring, ...entry.scoring },
    batch: { ...defaults.batch, ...entry.batch },
  };
}

function rulesOf(scoring: NonNullable<CommonPart['scoring']>) {
  return Object.fromEntries(
    Object.entries(scoring).map(([name, value]) => [RULE_NAMES[name as keyof typeof RULE_NAMES], value]),
  );
}

/** `SCORE_LOW` is `low` in a file. */
function inFileNames(problem: string): string {
  return problem.replace(/SCORE_([A-Z_]+)/g, (_, name: string) => name.toLowerCase());
}

/** A dead letter that is read as a log would be rejected again, for ever; letters of two topics in one could not be told apart. */
function checkNames(configs: Config[], tell: Tell): void {
  const taken = new Map<string, string>();
  configs.forEach(({ kafka: { topic } }, position) => {
    const before = taken.get(topic);
    if (before !== undefined) tell(['topics', position, 'topic'], `the topic ${topic} stands here twice`);
    taken.set(topic, `the topic ${topic}`);
  });
  configs.forEach(({ kafka: { topic, deadLetterTopic } }, position) => {
    const before = taken.get(deadLetterTopic);
    const path = ['topics', position, 'dead_letter_topic'];
    if (before !== undefined) tell(path, `${deadLetterTopic} is ${before} already: give ${topic} another one`);
    taken.set(deadLetterTopic, `where the dead letters of ${topic} go`);
  });
}

/** No search, retention or audit of one topic may meet an index of another. */
function checkPrefixes(configs: Config[], tell: Tell): void {
  configs.forEach(({ kafka: { topic }, elasticsearch: { indexPrefix: prefix } }, position) => {
    for (const other of configs.slice(0, position)) {
      const { indexPrefix: before } = other.elasticsearch;
      if (!overlap(prefix, before) && !overlap(before, prefix)) continue;
      const what = prefix === before ? 'is also' : `overlaps with ${before},`;
      const way = `that of ${other.kafka.topic}: give ${topic} another one`;
      tell(['topics', position, 'index_prefix'], `${prefix} ${what} ${way}`);
    }
  });
}

/** True when an index of the second prefix is met by what is asked of the first one's. */
function overlap(prefix: string, other: string): boolean {
  const patterns = [...logIndexPatterns(prefix), `${prefix}-old*`, ...logIndexPatterns(letterIndexPrefix(prefix))];
  const day = '2026.11.24';
  const names = [other, letterIndexPrefix(other)].flatMap((one) => [`${one}-${day}`, `${one}-old`]);
  return patterns.some((pattern) => names.some((name) => matches(pattern, name)));
}

function matches(pattern: string, name: string): boolean {
  const source = pattern.replace(/[.+]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${source}$`).test(name);
}
