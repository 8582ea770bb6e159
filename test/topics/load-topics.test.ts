import { loadConfig } from '../../src/config';
import { ruleSettings } from '../../src/rule-settings';
import { loadTopics } from '../../src/topics/load-topics';
import { RULE_NAMES } from '../../src/topics/schema';
import { base, problemsOf, temporaryFolder, topicsOf } from './files';

describe('loadTopics', () => {
  const files = temporaryFolder();

  it('without a file there is the one topic of the environment', async () => {
    const config = loadConfig({ KAFKA_TOPIC: 'mine', INDEX_PREFIX: 'theirs' });
    expect(await loadTopics(config)).toEqual({ topics: [config] });
  });

  it('the file says it instead of the environment', async () => {
    const file = files.write('one.yaml', 'topics: [{topic: a}, {topic: b}]');
    const { topics, text } = await loadTopics(loadConfig({ PIPELINE_FILE: file, KAFKA_TOPIC: 'mine' }));
    expect(topics.map(({ kafka }) => kafka.topic)).toEqual(['a', 'b']);
    expect(text).toContain('topics:');
  });
});

describe('a topic of a pipeline file', () => {
  it('that says nothing is as the environment has it, but for its names', () => {
    const [config] = topicsOf('topics: [{topic: a}]', {
      SCORE_WARN: '7',
      INDEX_PREFIX: 'x',
      INDEX_RETENTION_DAYS: '9',
    });
    expect(config).toEqual({
      ...loadConfig({ SCORE_WARN: '7', INDEX_RETENTION_DAYS: '9' }),
      kafka: { ...base.kafka, topic: 'a', deadLetterTopic: 'a.dead-letters' },
      elasticsearch: { ...base.elasticsearch, indexPrefix: 'a', retentionDays: 9 },
    });
  });

  it('is as itself, else the defaults, else the environment; sections name by name, lists whole', () => {
    const [one, other] = topicsOf(
      `
defaults:
  formats: [auto, text]
  retention_days: 5
  partitions: 8
  scoring: {warn: 1, error: 2}
  redaction: {rules: [secrets, ip], fields: [SSN]}
topics:
  - topic: a
  - topic: b
    formats: [pino]
    retention_days: 6
    index_prefix: bees
    dead_letter_topic: lost
    oldest_day: 2026-11-01
    scoring: {error: 3}
    redaction: {fields: [mail]}
    batch: {max_records: 10, max_bytes: 65536, linger_ms: 0}
`,
      { SCORE_FATAL: '90', DEAD_LETTER_RETENTION_DAYS: '77' },
    );
    expect(one).toMatchObject({
      kafka: { formats: ['auto', 'text'], partitions: 8 },
      elasticsearch: { retentionDays: 5, deadLetterRetentionDays: 77 },
      scoring: { fatal: 90, warn: 1, error: 2 },
      redaction: { rules: ['secrets', 'ip'], fields: ['ssn'] },
    });
    expect(other).toMatchObject({
      kafka: { formats: ['pino'], partitions: 8, deadLetterTopic: 'lost', oldestDay: '2026-11-01' },
      elasticsearch: { retentionDays: 6, indexPrefix: 'bees' },
      scoring: { fatal: 90, warn: 1, error: 3 },
      redaction: { rules: ['secrets', 'ip'], fields: ['mail'] },
      pipeline: { maxRecords: 10, maxBytes: 65_536, lingerMs: 0 },
    });
  });

  it('shares what is read ahead with the others', () => {
    const ahead = (topics: number) =>
      topicsOf(JSON.stringify({ topics: Array.from({ length: topics }, (_, i) => ({ topic: `t${i}` })) })).map(
        ({ kafka }) => kafka.readAheadBytes,
      );
    const whole = base.kafka.readAheadBytes;
    expect(ahead(1)).toEqual([whole]);
    expect(ahead(2)).toEqual([whole / 2, whole / 2]);
  });

  it('is frozen like every configuration', () => {
    const [config] = topicsOf('topics: [{topic: a}]') as unknown as { kafka: { topic: string } }[];
    expect(() => (config!.kafka.topic = 'b')).toThrow(TypeError);
  });

  it('has for each rule the range of its variable', () => {
    const takes = (name: string, value: number) => {
      try {
        const rules = { low: 1, medium: 1, high: 1, critical: 100, slow_ms: 1, very_slow_ms: 3_600_000, [name]: value };
        return topicsOf(JSON.stringify({ topics: [{ topic: 'a', scoring: rules }] })).length === 1;
      } catch (error) {
        return !/must be a whole number/.test((error as Error).message);
      }
    };
    for (const [name, rule] of Object.entries(RULE_NAMES)) {
      for (const value of [-1, 0, 1, 100, 101, 3_600_000, 3_600_001, 0.5]) {
        const wanted = ruleSettings[rule].schema.safeParse(value).success;
        expect([name, value, takes(name, value)]).toEqual([name, value, wanted]);
      }
    }
  });
});

describe('topics that contradict each other', () => {
  const topics = (...some: object[]) => JSON.stringify({ topics: some }, null, 1);

  test('one topic twice', () => {
    const [problem] = problemsOf(
      'topics:\n  - topic: a\n  - topic: a\n    index_prefix: b\n    dead_letter_topic: c\n',
    );
    expect(problem).toBe(':3:5 topics[1].topic: the topic a stands here twice');
  });

  test.each([
    ['logs', 'logs', 'is also'],
    ['logs', 'logs-2x', 'overlaps with logs'],
    ['logs-2026', 'logs', 'overlaps'],
    ['logs', 'logs-old', 'overlaps'],
    ['logs', 'logs-older', 'overlaps'],
  ])('index prefixes %s and %s', (one, other, what) => {
    const problems = problemsOf(topics({ topic: 'a', index_prefix: one }, { topic: 'b', index_prefix: other }));
    expect(problems).toEqual([expect.stringContaining(`topics[1].index_prefix: ${other} ${what}`)]);
  });

  test.each([
    ['logs', 'logs-eu'],
    ['logs', 'logs2'],
    ['logs-a', 'logs-b'],
  ])('index prefixes %s and %s stand side by side', (one, other) => {
    expect(topicsOf(topics({ topic: 'a', index_prefix: one }, { topic: 'b', index_prefix: other }))).toHaveLength(2);
  });

  test('a topic whose name is none for indices', () => {
    expect(problemsOf(topics({ topic: 'Logs' }))[0]).toContain('topics[0].topic: is no name for indices');
    expect(problemsOf(topics({ topic: 'dead-letters' }))[0]).toContain('give the topic an index_prefix');
    expect(topicsOf(topics({ topic: 'Logs', index_prefix: 'logs' }))).toHaveLength(1);
  });

  test('dead letters that go to a topic of logs, or to those of another topic', () => {
    expect(problemsOf(topics({ topic: 'a' }, { topic: 'b', dead_letter_topic: 'a' }))[0]).toContain(
      'a is the topic a already: give b another one',
    );
    expect(problemsOf(topics({ topic: 'a' }, { topic: 'b', dead_letter_topic: 'a.dead-letters' }))[0]).toContain(
      'a.dead-letters is where the dead letters of a go already',
    );
    expect(problemsOf(topics({ topic: 'a' }, { topic: 'a.dead-letters' }))).toHaveLength(1);
    expect(problemsOf(topics({ topic: 'a'.repeat(240), index_prefix: 'a' }))[0]).toContain('dead_letter_topic');
  });

  test('rules that contradict themselves, also where the other half is in the environment', () => {
    const [problem] = problemsOf('topics:\n  - topic: a\n    scoring:\n      low: 50\n', { SCORE_MEDIUM: '40' });
    expect(problem).toBe(':3:5 topics[0].scoring: low, medium, high and critical must not fall');
    expect(problemsOf('topics: [{topic: a, scoring: {slow_ms: 5000}}]')[0]).toContain('very_slow_ms must not be below');
  });
});
