import { WaitingReports } from '../../src/activities/waiting';
import { PipelineError } from '../../src/domain/errors';
import { MemoryWorker } from '../support/activity-run';
import type { Waiting } from '../../src/workflows/contract';

const info = (attempt: number, activityId = '7') => ({
  ...{ attempt, activityId, workflowExecution: { workflowId: 'ingest/logs/0', runId: 'r' } },
});
const subject = { step: 'index', from: '120' } as const;
const unavailable = new PipelineError('elasticsearch_unavailable', 'no answer');
const blocked = new PipelineError('index_blocked', 'read-only');

function reports() {
  const told: Waiting[] = [];
  let now = 0;
  const sut = new WaitingReports({ report: (_workflowId, waiting) => told.push(waiting) }, () => now);
  return { sut, told, pass: (ms: number) => (now += ms) };
}

describe('WaitingReports', () => {
  test('tells the reason from the second attempt on, once', () => {
    const { sut, told } = reports();
    sut.failed(info(1), subject, unavailable);
    expect(told).toEqual([]);
    sut.failed(info(2), subject, unavailable);
    sut.failed(info(3), subject, unavailable);
    expect(told).toEqual([
      { ...subject, code: 'elasticsearch_unavailable', message: 'no answer', since: '1970-01-01T00:00:00.000Z' },
    ]);
  });

  test('tells another reason, but at most one a minute', () => {
    const { sut, told, pass } = reports();
    sut.failed(info(2), subject, unavailable);
    sut.failed(info(3), subject, blocked);
    expect(told).toHaveLength(1);
    pass(60_000);
    sut.failed(info(4), subject, blocked);
    expect(told.map(({ code }) => code)).toEqual(['elasticsearch_unavailable', 'index_blocked']);
  });

  test('keeps steps apart, and says nothing of a halt, which ends the step', () => {
    const { sut, told } = reports();
    sut.failed(info(2, '7'), subject, unavailable);
    sut.failed(info(2, '8'), subject, unavailable);
    sut.failed(info(2, '9'), subject, new PipelineError('foreign_document', 'x'));
    expect(told).toHaveLength(2);
  });
});

describe('accountGap', () => {
  test('counts what is there already as what it is, and the rest as lost', async () => {
    const worker = new MemoryWorker();
    worker.fates.found = { documents: 30, letters: 2, moreDocuments: 0 };
    const input = { topic: 'logs', generation: 1, partition: 0, from: '100', to: '200' };
    expect(await worker.run('accountGap', [input])).toEqual({
      ...{ indexed: 0, duplicate: 30, deadLettered: 2, filtered: 0, lostUpstream: 68, void: 0 },
    });
    worker.fates.found = { documents: 30, letters: 2, moreDocuments: 7 };
    expect(await worker.run('accountGap', [input])).toMatchObject({ duplicate: 30, moreDocuments: 7 });
  });
});
