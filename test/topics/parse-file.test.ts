import { base, problemsOf, topicsOf } from './files';

describe('a pipeline file', () => {
  test('is YAML, or JSON', () => {
    const yaml = topicsOf('topics:\n  - topic: a # ours\n    formats:\n      - text\n');
    expect(topicsOf('{"topics": [{"topic": "a", "formats": ["text"]}]}')).toEqual(yaml);
    expect(topicsOf('\ufefftopics: [{topic: a}]')).toHaveLength(1);
  });

  test('may name its schema', () => {
    expect(topicsOf('{"$schema": "./pipeline.schema.json", "topics": [{"topic": "a"}]}')).toHaveLength(1);
  });

  test('may use anchors', () => {
    const [, b] = topicsOf('topics:\n  - {topic: a, scoring: &rules {warn: 3}}\n  - {topic: b, scoring: *rules}\n');
    expect(b!.scoring).toEqual({ ...base.scoring, warn: 3 });
  });

  test.each<[string, string, string]>([
    ['nothing', '', ': is empty; at least one topic is wanted'],
    ['a comment alone', '# nothing\n', ': is empty; at least one topic is wanted'],
    ['null', '~', ':1:1: names with values is wanted here'],
    ['a list', '- a', ':1:1: names with values is wanted here'],
    ['a text', 'topics', ':1:1: names with values is wanted here'],
    ['no topics', 'defaults: {}', ':1:1 topics: a list is wanted here'],
    ['an empty list', 'topics: []', ':1:1 topics: at least one topic is wanted'],
    ['a topic without a name', 'topics:\n  - index_prefix: a', ':2:5 topics[0].topic: text is wanted here'],
    ['a name that Kafka has not', 'topics: [{topic: a b}]', ':1:11 topics[0].topic: letters, digits,'],
    [
      'a name in the wrong place',
      'topic: a\ntopics: [{topic: a}]',
      ':1:1 topic: there is no such name; there are $schema, defaults, topics',
    ],
    [
      'an unknown name of a topic',
      'topics:\n  - topic: a\n    retention: 3',
      ':3:5 topics[0].retention: there is no such name; there are topic, index_prefix,',
    ],
    ['an unknown rule', 'topics: [{topic: a, scoring: {wran: 1}}]', ':1:31 topics[0].scoring.wran: there is no such'],
    ['a merge, which YAML has no more', 'topics: [{topic: a, <<: {}}]', 'topics[0].<<: there is no such name'],
    [
      'points out of range',
      'topics:\n- topic: a\n  scoring:\n    warn: 101',
      ':4:5 topics[0].scoring.warn: must be a whole',
    ],
    [
      'a number as text',
      'topics: [{topic: a, retention_days: "3"}]',
      'topics[0].retention_days: must be a whole number',
    ],
    ['half a day', 'topics: [{topic: a, retention_days: 0.5}]', 'topics[0].retention_days: must be a whole number'],
    ['an unknown format', 'topics: [{topic: a, formats: [xml]}]', ':1:31 topics[0].formats[0]: must be auto, text,'],
    ['no format', 'topics: [{topic: a, formats: []}]', 'topics[0].formats: '],
    [
      'an unknown rule of redaction',
      'topics: [{topic: a, redaction: {rules: [pin]}}]',
      'rules[0]: must be secrets, none',
    ],
    ['none beside others', 'topics: [{topic: a, redaction: {rules: [none, ip]}}]', '`none` stands alone'],
    [
      'a key, which is a secret',
      'topics: [{topic: a, redaction: {key: x}}]',
      'topics[0].redaction.key: there is no such',
    ],
    ['a day that is none', 'topics: [{topic: a, oldest_day: 2026-02-30}]', 'topics[0].oldest_day: '],
    ['an index prefix of the dead letters', 'topics: [{topic: a, index_prefix: dead-letters-a}]', 'must not be dead'],
  ])('%s is refused with its place', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(problem)]);
  });

  test('every mistake is told at once', () => {
    expect(problemsOf('topics:\n  - {topic: a, x: 1, y: 2}\n  - {topic: 3}\n')).toEqual([
      expect.stringContaining('topics[0].x'),
      expect.stringContaining('topics[0].y'),
      expect.stringContaining('topics[1].topic'),
    ]);
  });

  test.each([
    ['a name twice', 'topics: [{topic: a}]\ntopics: [{topic: b}]', /^:2:1: .*unique/],
    ['a name twice in JSON', '{"topics": [{"topic": "a", "topic": "b"}]}', /unique/],
    ['what is not closed', 'topics: [{topic: a}', /^:\d+:\d+: /],
    ['a tab', 'topics:\n\t- topic: a', /^:2:1: .*[Tt]ab/],
    ['two documents', 'topics: [{topic: a}]\n---\ntopics: [{topic: b}]', /a second document begins/],
    ['a tag of a language', 'topics: !!js/function "x"', /^:1:9: .*tag/],
    ['an alias of nothing', 'topics: *x', /alias.*x/],
  ])('%s is refused', (_, text, problem) => {
    expect(problemsOf(text)[0]).toMatch(problem);
  });
});

describe('a hostile pipeline file', () => {
  test('a few lines that unfold to gigabytes', () => {
    const lines = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 10; i += 1)
      lines.push(
        `b${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(problemsOf(lines.join('\n'))[0]).toMatch(/alias/i);
  });

  test('a topic that is in itself', () => {
    expect(problemsOf('topics: &t\n  - topic: a\n    scoring: *t\n').length).toBeGreaterThan(0);
    expect(problemsOf('&a {topics: [{topic: x, scoring: *a}]}').length).toBeGreaterThan(0);
  });

  test.each([
    ['lists', '['.repeat(100_000)],
    ['maps', '{a: '.repeat(50_000)],
    ['closed lists', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['dashes', '- '.repeat(50_000)],
  ])('%s in each other, without end', (_, text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a topic with the name %s in it', (name) => {
    const problems = problemsOf(`topics: [{topic: a, ${name}: {retention_days: 1}}]`);
    expect(problems).toEqual([expect.stringContaining(`topics[0].${name}: there is no such name`)]);
    expect(({} as Record<string, unknown>)['retention_days']).toBeUndefined();
  });

  test('more topics than one pipeline takes', () => {
    const topics = Array.from({ length: 101 }, (_, i) => ({ topic: `t${i}` }));
    expect(problemsOf(JSON.stringify({ topics }))).toEqual([expect.stringContaining('at most 100 topics')]);
  });

  test('names that would steer a terminal, or fill it', () => {
    const [steering] = problemsOf('topics: [{topic: a, "\\u001b[2J\\n\\u009b31m": 1}]');
    // eslint-disable-next-line no-control-regex
    expect(steering).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    const [long] = problemsOf(`topics: [{topic: a, ${'n'.repeat(10_000)}: 1}]`);
    expect(long!.length).toBeLessThan(500);
  });
});
