import { demandNoRestart } from '../../src/topics/compare';
import { topicsOf } from './files';

const before = topicsOf('topics: [{topic: a}, {topic: b}]');
const problem = (text: string) => {
  try {
    demandNoRestart('p.yaml', before, topicsOf(text));
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

describe('a changed pipeline file', () => {
  test.each([
    'topics: [{topic: a, formats: [text]}, {topic: b, retention_days: 9, dead_letter_retention_days: 3}]',
    'topics: [{topic: a, scoring: {warn: 1}, redaction: {rules: [none]}}, {topic: b, batch: {linger_ms: 5}}]',
    'topics: [{topic: a, partitions: 9}, {topic: b}]',
  ])('is taken on by who runs: %s', (text) => {
    expect(problem(text)).toBeUndefined();
  });

  test.each([
    ['topics: [{topic: a}]', 'topics were added, removed'],
    ['topics: [{topic: a}, {topic: b}, {topic: c}]', 'topics were added, removed'],
    ['topics: [{topic: b}, {topic: a}]', 'put in another order'],
    ['topics: [{topic: a, index_prefix: x}, {topic: b}]', 'index_prefix of topic a is a now: restart the workers'],
    ['topics: [{topic: a}, {topic: b, dead_letter_topic: x}]', 'dead_letter_topic of topic b'],
    ['topics: [{topic: a}, {topic: b, oldest_day: 2026-01-01}]', 'oldest_day of topic b is none now'],
  ])('waits for a restart: %s', (text, what) => {
    expect(problem(text)).toContain(what);
  });
});
