import fc from 'fast-check';
import { JsonText } from '../../src/domain/json-text';
import { DeferringSerializer, deferSources } from '../../src/elasticsearch/defer-sources';

interface Hit {
  _index: string;
  _id: string;
  _source?: unknown;
}
interface Answer {
  hits: { hits: Hit[] };
}

/** Texts that end strings and objects for a reader who does not follow JSON's rules. */
const tricky = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    '\\"',
    '}',
    ']',
    '{',
    '[',
    '"_source":{',
    '"hits":[',
    '"},"sort":[1]}',
    '\\\\"',
    '\n',
    '_source',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const text = fc.array(tricky, { maxLength: 5 }).map((parts) => parts.join(''));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.constantFrom(true, null, 0),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom('_source', 'hits', 'sort', '_id')), tie('value'), { maxKeys: 3 }),
  ),
}));
const document = fc.dictionary(fc.oneof(text, fc.constantFrom('message', '_source', 'hits')), value, { maxKeys: 4 });
const hit = fc.record({
  source: document,
  more: fc.dictionary(fc.constantFrom('highlight', 'sort', 'matched_queries'), value, { maxKeys: 2 }),
});
const answers = fc.record({ failure: text, hits: fc.array(hit, { maxLength: 4 }), aggregations: value });

const answerOf = ({ failure, hits, aggregations }: typeof answers extends fc.Arbitrary<infer A> ? A : never) => ({
  ...{ took: 1, timed_out: false, _shards: { total: 1, failed: 1, failures: [{ reason: { reason: failure } }] } },
  hits: {
    total: { value: hits.length, relation: 'eq' },
    hits: hits.map(({ source, more }, at) => ({
      _index: 'logs',
      _id: `1-${at}`,
      _score: null,
      _source: source,
      ...more,
    })),
  },
  aggregations: { all: aggregations, example: { hits: { hits: [{ _source: { a: 1 } }] } } },
});

describe('an answer whose documents are left as text', () => {
  it('is the same for whoever looks into it, whatever the documents hold', () => {
    fc.assert(
      fc.property(answers, (parts) => {
        const answer = answerOf(parts);
        const deferred = deferSources(JSON.stringify(answer)) as Answer | undefined;
        if (parts.hits.length === 0) return expect(deferred).toBeUndefined();
        const texts = deferred!.hits.hits.map(({ _source }) => (_source as JsonText).text);
        expect(texts).toEqual(answer.hits.hits.map(({ _source }) => JSON.stringify(_source)));
        expect(JSON.stringify(deferred)).toBe(JSON.stringify(answer));
      }),
      { numRuns: 1000 },
    );
  });

  it('is read as ever when it is cut off, and says what is wrong', () => {
    const whole = JSON.stringify(answerOf({ failure: '', hits: [{ source: { a: '"' }, more: {} }], aggregations: {} }));
    const serializer = new DeferringSerializer();
    for (let length = 1; length < whole.length; length += 1) {
      expect(() => serializer.deserialize(whole.slice(0, length))).toThrow(/JSON/);
    }
    expect(serializer.deserialize(whole)).toMatchObject({ hits: { hits: [{ _source: new JsonText('{"a":"\\""}') }] } });
  });

  it.each([
    ['a hit without a document', '{"hits":{"hits":[{"_id":"1"},{"_id":"2","_source":{"a":1}}]}}'],
    ['hits elsewhere', '{"failures":{"hits":[{"_source":{"a":1}}]},"hits":{"hits":[{"_source":{"b":1}}]}}'],
    ['a document that is a list', '{"hits":{"hits":[{"_source":[1]}]}}'],
    ['no hit', '{"hits":{"hits":[]}}'],
    ['no search', '{"items":[{"index":{"status":201}}]}'],
    ['a text', '"\\"hits\\":[{"'],
  ])('%s: everything is parsed', (_what, json) => {
    expect(deferSources(json)).toBeUndefined();
    expect(new DeferringSerializer().deserialize(json)).toEqual(JSON.parse(json));
  });
});
