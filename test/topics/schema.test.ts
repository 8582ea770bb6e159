import Ajv from 'ajv';
import { parse } from 'yaml';
import { describePipelineFile } from '../../src/pipeline-file';
import { pipelineFileSchema } from '../../src/topics/schema';
import { read, ROOT } from '../docs/documents';
import { join } from 'node:path';

const STALE = 'run `npm run docs:settings`';
const schema = pipelineFileSchema();

describe('config/pipeline.schema.json', () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(schema) as object);

  it(`is fresh, or else: ${STALE}`, () => {
    expect(read('config/pipeline.schema.json')).toBe(schema);
  });

  it.each([
    [{ topics: [{ topic: 'a' }] }, true],
    [{ $schema: 'x', defaults: { retention_days: 3 }, topics: [{ topic: 'a', scoring: { warn: 0 } }] }, true],
    [{}, false],
    [{ topics: [] }, false],
    [{ topics: [{ topic: 'a', retention: 3 }] }, false],
    [{ topics: [{ topic: 'a', retention_days: 0 }] }, false],
    [{ topics: [{ topic: 'a', formats: ['xml'] }] }, false],
    [{ topics: [{ topic: 'a', redaction: { key: 'x' } }] }, false],
    [{ topics: [{ topic: 'a', batch: { max_records: 60_000 } }] }, false],
  ])('says of %j as an editor shows it: %p', (file, right) => {
    expect(validate(file)).toBe(right);
  });

  it('explains every name', () => {
    const bare: string[] = [];
    const walk = (node: unknown, way: string) => {
      const { properties = {}, items } = node as { properties?: Record<string, object>; items?: object };
      for (const [name, one] of Object.entries(properties)) {
        if (!('description' in one)) bare.push(`${way}.${name}`);
        walk(one, `${way}.${name}`);
      }
      if (items) walk(items, `${way}[]`);
    };
    walk(JSON.parse(schema), '');
    expect(bare).toEqual([]);
  });

  it('takes the example', () => {
    expect([validate(parse(read('config/pipeline.example.yaml'))), validate.errors]).toEqual([true, null]);
  });
});

describe('config/pipeline.example.yaml', () => {
  it('is right, over any environment', async () => {
    const topics = await describePipelineFile(join(ROOT, 'config/pipeline.example.yaml'), {});
    expect(topics).toMatchObject([
      { topic: 'logs', index_prefix: 'logs', dead_letter_topic: 'logs.dead-letters', retention_days: 7 },
      { topic: 'edge-access', index_prefix: 'edge', formats: ['access_log', 'nginx_json'], retention_days: 2 },
      { topic: 'machines', formats: ['auto', 'text'], dead_letter_retention_days: 30 },
    ]);
    expect(new Set(topics.map((one) => one.rules_hash)).size).toBe(3);
  });
});
