import { selectFields } from '../../../src/api/logs/select-fields';

const log = {
  ...{ id: '01-0000-0000000000000001', index: 'logs-2026.11.24', service: 'auth', message: 'hello', tags: ['a'] },
  anomaly: { score: 70, reasons: [{ rule: 'level_error', weight: 40 }, { weight: 1 }] },
  attributes: { region: 'eu', 'http.status': 200, http: { method: 'GET' }, empty: {} },
  kafka: { partition: 0, offset: 1 },
};
const named = { id: log.id, index: log.index };

describe('selectFields', () => {
  it.each([
    [[], {}],
    [['service', 'tags'], { service: 'auth', tags: ['a'] }],
    [['kafka.offset', 'anomaly.score'], { kafka: { offset: 1 }, anomaly: { score: 70 } }],
    [['kafka'], { kafka: { partition: 0, offset: 1 } }],
    [['kafka', 'kafka.offset'], { kafka: { partition: 0, offset: 1 } }],
    [['anomaly.reasons.rule'], { anomaly: { reasons: [{ rule: 'level_error' }] } }],
    [['attributes.http'], { attributes: { 'http.status': 200, http: { method: 'GET' } } }],
    [['attributes.http.status'], { attributes: { 'http.status': 200 } }],
    [['attributes.http.method'], { attributes: { http: { method: 'GET' } } }],
    [['attributes.nothing', 'service.name', 'serv'], {}],
  ])('%j keeps what lies there', (paths, expected) => {
    expect(selectFields(log, paths)).toEqual({ ...expected, ...named });
  });

  it('takes names that mean something to a program as names', () => {
    const odd = JSON.parse('{"attributes":{"__proto__":{"polluted":true},"constructor":1}}') as object;
    const found = selectFields({ ...odd, ...named }, ['attributes.__proto__', 'attributes.constructor']);
    expect(JSON.stringify(found['attributes'])).toBe('{"__proto__":{"polluted":true},"constructor":1}');
    expect({}).not.toHaveProperty('polluted');
  });
});
