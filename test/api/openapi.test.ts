import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { acceptedSchema } from '../../src/api/schemas/operations';
import { pipelineSchema } from '../../src/api/schemas/pipeline';
import { healthSchema } from '../../src/api/schemas/answers';
import { auditSchema, auditStartedSchema } from '../../src/api/schemas/audit';
import { auditExample, auditStartedExample } from '../../src/api/schemas/audit-examples';
import { ledgerSchema } from '../../src/api/schemas/ledger';
import { ledgerExample } from '../../src/api/schemas/ledger-examples';
import * as letterExamples from '../../src/api/schemas/dead-letter-examples';
import * as letters from '../../src/api/schemas/dead-letters';
import * as exportExamples from '../../src/api/schemas/log-export-examples';
import * as exports from '../../src/api/schemas/log-exports';
import * as replayExamples from '../../src/api/schemas/replay-examples';
import * as replays from '../../src/api/schemas/replays';
import { retentionRunSchema, retentionSchema, retentionStartedSchema } from '../../src/api/schemas/retention';
import * as retentionExamples from '../../src/api/schemas/retention-examples';
import * as examples from '../../src/api/schemas/examples';
import * as logExamples from '../../src/api/schemas/log-examples';
import * as logs from '../../src/api/schemas/log-answers';
import { createAnswerCheck, operationsOf, pointer, type OpenApiDocument } from './documented/document';
import { client } from './fakes';

jest.setTimeout(60_000);

async function readDocument(): Promise<OpenApiDocument> {
  const { body } = await client().get('/openapi.json').expect(200);
  return body as OpenApiDocument;
}

describe('GET /openapi.json', () => {
  it('is valid OpenAPI 3.1', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-openapi-'));
    try {
      const file = join(folder, 'openapi.json');
      writeFileSync(file, JSON.stringify(await readDocument()));
      const cli = require
        .resolve('@seriousme/openapi-schema-validator/package.json')
        .replace(/package\.json$/, 'bin/validate-api-cli.js');
      const { status, stdout, stderr } = spawnSync(process.execPath, [cli, file], { encoding: 'utf8' });
      expect({ status, output: stdout + stderr }).toMatchObject({ status: 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('describes routes that all answer as it says', async () => {
    const { paths } = await readDocument();
    const app = client();
    expect(Object.keys(paths).sort()).toEqual([
      '/',
      '/health',
      '/health/live',
      '/logs',
      '/logs/anomalies',
      '/logs/export',
      '/logs/exports',
      '/logs/exports/{id}',
      '/logs/exports/{id}/cancel',
      '/logs/exports/{id}/file',
      '/logs/exports/{id}/pause',
      '/logs/exports/{id}/resume',
      '/logs/facets',
      '/logs/histogram',
      '/logs/stats',
      '/logs/stream',
      '/logs/{id}',
      '/logs/{id}/context',
      '/metrics',
      '/openapi.json',
      '/pipeline',
      '/pipeline/accept-gap',
      '/pipeline/audit',
      '/pipeline/audits/{id}',
      '/pipeline/dead-letters',
      '/pipeline/dead-letters/redrive',
      '/pipeline/dead-letters/{id}',
      '/pipeline/dead-letters/{id}/redrive',
      '/pipeline/drain',
      '/pipeline/epochs',
      '/pipeline/ledger',
      '/pipeline/pause',
      '/pipeline/rebind',
      '/pipeline/redrives/{id}',
      '/pipeline/redrives/{id}/cancel',
      '/pipeline/resume',
      '/pipeline/stop-at',
      '/replays',
      '/replays/{id}',
      '/replays/{id}/cancel',
      '/replays/{id}/pause',
      '/replays/{id}/resume',
      '/requests/{request_id}',
      '/retention',
      '/retention/runs',
      '/retention/runs/{id}',
      '/topics',
    ]);
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const { status, type } = await (method === 'get' ? app.get(path) : app.post(path).send({}));
        expect(Object.keys(operation.responses[String(status)]?.content ?? {})).toContain(type);
      }
    }
  });

  it('describes the problem that each route answers to an unknown parameter', async () => {
    const { paths } = await readDocument();
    const app = client();
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        const { status, type } = await (method === 'get'
          ? app.get(`${path}?colour=red`)
          : app.post(`${path}?colour=red`).send({}));
        expect([status, type]).toEqual([400, 'application/problem+json']);
        expect(responses['400']?.content).toHaveProperty(['application/problem+json']);
      }
    }
  });

  it('names every parameter that is checked, and no other', async () => {
    const { paths } = await readDocument();
    const named = paths['/logs']!['get']!.parameters!.map(({ name }) => name);
    const { body } = await client().get('/logs?colour=red').expect(400);
    expect(body.errors[0].detail).toBe(`unknown parameter; allowed: ${named.join(', ')}`);
    for (const parameter of paths['/logs']!['get']!.parameters!) expect(parameter.description).toMatch(/\w/);
  });

  it('gives each operation a name of its own, and words', async () => {
    const operations = operationsOf(await readDocument()).map(({ operation }) => operation);
    const names = operations.map(({ operationId }) => operationId);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    for (const { summary } of operations) expect(summary).toMatch(/\w/);
  });

  it('gives each parameter words and an example, which its schema and the API accept', async () => {
    const document = await readDocument();
    const { fits } = createAnswerCheck(document);
    const app = client();
    const wrong: string[] = [];
    for (const { method, path, operation } of operationsOf(document)) {
      for (const [index, parameter] of (operation.parameters ?? []).entries()) {
        const { name, description, schema } = parameter;
        const { example } = schema;
        const where = `${method} ${path} ${name}`;
        if (!description || example === undefined) {
          wrong.push(`${where} has no words or no example`);
          continue;
        }
        wrong.push(
          ...fits(`/paths/${pointer(path)}/${method}/parameters/${index}/schema`, example).map(
            (error) => where + error,
          ),
        );
        const value = encodeURIComponent((Array.isArray(example) ? example : [example]).map(String).join(','));
        const inAddress = parameter.in === 'path' ? path.replace(`{${name}}`, value) : `${path}?${name}=${value}`;
        const request = app[method as 'get'](parameter.in === 'header' ? path : inAddress);
        const { status, body } = await (parameter.in === 'header' ? request.set(name, example as string) : request);
        // Whether there is such a thing is not the example's fault.
        if (status === 400 || (status === 404 && body.code === 'not_found' && parameter.in === 'path')) {
          wrong.push(`${where}: ${JSON.stringify(body.errors)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('gives each body an example, which its schema and the API accept', async () => {
    const document = await readDocument();
    const { fits } = createAnswerCheck(document);
    for (const { method, path, operation } of operationsOf(document).filter((one) => one.operation.requestBody)) {
      const { example } = operation.requestBody!.content['application/json']!;
      expect({ path, example }).toEqual({ path, example: expect.any(Object) });
      const at = `/paths/${pointer(path)}/${method}/requestBody/content/${pointer('application/json')}/schema`;
      expect({ path, wrong: fits(at, example) }).toEqual({ path, wrong: [] });
      const { status } = await client()
        .post(path)
        .send(example as object);
      expect([path, status]).not.toEqual([path, 400]);
    }
  });

  it.each<[string, z.ZodType, unknown]>([
    ['logs', logs.logsSchema, logExamples.logsExample],
    ['anomalies', logs.anomaliesSchema, logExamples.anomaliesExample],
    ['stats', logs.statsSchema, logExamples.statsExample],
    ['a histogram', logs.histogramSchema, logExamples.histogramExample],
    ['facets', logs.facetsSchema, logExamples.facetsExample],
    ['a log', logs.logSchema, logExamples.logExample],
    ['a context', logs.contextSchema, logExamples.contextExample],
    ['a request', logs.requestSchema, logExamples.requestExample],
    ['pipeline', pipelineSchema, examples.pipelineExample],
    ['ledger', ledgerSchema, ledgerExample],
    ['audit', auditSchema, auditExample],
    ['started audit', auditStartedSchema, auditStartedExample],
    ['the retention', retentionSchema, retentionExamples.retentionExample],
    ['a retention run', retentionRunSchema, retentionExamples.retentionRunExample],
    ['a retention run started', retentionStartedSchema, retentionExamples.retentionStartedExample],
    ['accepted', acceptedSchema, examples.acceptedExample],
    ['health', healthSchema, examples.healthExample],
    ['dead letters', letters.deadLettersSchema, letterExamples.deadLettersExample],
    ['a dead letter', letters.deadLetterDetailSchema, letterExamples.deadLetterDetailExample],
    ['a preview', letters.previewSchema, letterExamples.previewExample],
    ['a redrive started', letters.redriveStartedSchema, letterExamples.redriveStartedExample],
    ['a redrive', letters.redriveSchema, letterExamples.redriveExample],
    ['a long export', exports.longExportSchema, exportExamples.longExportExample],
    ['a started export', exports.exportStartedSchema, exportExamples.exportStartedExample],
    ['an export message', exports.exportMessageSchema, exportExamples.exportMessageExample],
    ['a replay', replays.replaySchema, replayExamples.replayExample],
    ['a started replay', replays.replayStartedSchema, replayExamples.replayStartedExample],
    ['a replay message', replays.replayMessageSchema, replayExamples.replayMessageExample],
  ])('has an example of %s that fits its own schema', (_, schema, example) => {
    expect(schema.parse(example)).toEqual(example);
  });
});

describe('GET /docs', () => {
  it('serves Swagger UI from here alone, on this description', async () => {
    const app = client();
    await app.get('/docs').expect(302).expect('Location', '/docs/');
    const { text, headers } = await app.get('/docs/').expect(200).expect('Content-Type', /html/);
    expect(text).not.toMatch(/(?:src|href)="https?:/);
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    for (const [, file] of text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) await app.get(`/docs/${file}`).expect(200);
    const { text: initializer } = await app
      .get('/docs/swagger-initializer.js')
      .expect(200)
      .expect('Content-Type', /javascript/);
    expect(initializer).toContain("url: '/openapi.json'");
  });
});
