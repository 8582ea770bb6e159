import { EarlyEvents } from '../../src/workflows/early-events';

const at = (seconds: number) => ({ seconds: seconds as never, nanos: 5 });
const signal = { signalWorkflow: { signalName: 'pause' } };
const completed = { resolveActivity: { seq: 1, result: { completed: {} } } };
const cancelled = { resolveActivity: { seq: 1, result: { cancelled: {} } } };
const query = (queryId: string) => ({ jobs: [{ queryWorkflow: { queryId, queryType: 'state' } }] });
const LONE = 'legacy_query';

/** A run that has begun at second 1. */
function begun(): EarlyEvents {
  const events = new EarlyEvents();
  events.look({ timestamp: at(1), jobs: [{ initializeWorkflow: { workflowType: 'ingestPartition' } }] });
  return events;
}

describe('EarlyEvents', () => {
  test.each([
    ['a signal', signal],
    ['a timer', { fireTimer: { seq: 1 } }],
    ['a result', completed],
    ['a failure', { resolveActivity: { seq: 1, result: { failed: {} } } }],
  ])('%s that came at the time of the task before fails the lone query behind it, again and again', (_, job) => {
    const events = begun();
    events.look({ timestamp: at(1), jobs: [job] });
    expect(() => events.look(query(LONE))).toThrow('wait for their workflow task');
    expect(() => events.look(query(LONE))).toThrow('wait for their workflow task');
  });

  test('a lone query is answered when all events came with tasks of their own', () => {
    const events = begun();
    events.look(query(LONE));
    events.look({ timestamp: at(2), jobs: [signal] });
    events.look(query(LONE));
  });

  test('the next task ends it', () => {
    const events = begun();
    events.look({ timestamp: at(1), jobs: [signal] });
    events.look({ timestamp: at(3), jobs: [completed] });
    events.look(query(LONE));
  });

  test('a query that came with a workflow task is answered', () => {
    const events = begun();
    events.look({ timestamp: at(1), jobs: [signal] });
    events.look(query('q-1'));
  });

  test('what the workflow itself cancelled, and further batches of one activation, are no early events', () => {
    const events = begun();
    events.look({ timestamp: at(1), jobs: [cancelled] });
    events.look({ timestamp: at(2), jobs: [signal] }, 0);
    events.look({ timestamp: at(2), jobs: [completed] }, 1);
    events.look(query(LONE));
  });
});
