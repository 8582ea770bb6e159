import { retentionWorkflowId, RETENTION_WORKFLOW } from '../../src/domain/expiry';
import type { RetentionRunView } from '../../src/api/schemas/retention';
import type { Operation } from './cell';
import { killSoon, reach, type Subject } from './subject';
import { ask, sluice, temporal, type Way } from './ways';

/** A dry run of the retention names what is past its age, and leaves it. */
export const retention: Operation = {
  name: 'retention',
  run: async (subject, way) => {
    const { clients, names } = subject;
    const old = `${clients.elasticsearchUrl}/${names.indexPrefix}-2020.01.01`;
    await call('PUT', old);
    try {
      const killed = killSoon(subject, way);
      const [id] = await Promise.all([startDryRun(subject, way), killed]);
      const { status, result } = await reach(subject, 'the dry run ends', async () => {
        const run = await ask<RetentionRunView>(subject, 'GET', `/retention/runs/${id}`);
        return run.status !== 'running' && run;
      });
      const named = result?.logs.expired.map(({ index }) => index).join() ?? '';
      if (!result?.dry_run || named !== `${names.indexPrefix}-2020.01.01`) {
        throw new Error(`the dry run ${status} and names ${named || 'nothing'}`);
      }
      if ((await call('HEAD', old)) !== 200) throw new Error('the dry run has deleted an index');
      return 'names the index that is past its age; it is still there';
    } finally {
      await call('DELETE', old);
    }
  },
};

async function call(method: string, url: string): Promise<number> {
  return (await fetch(url, { method })).status;
}

/** @returns the id of the run */
async function startDryRun(subject: Subject, way: Way): Promise<string> {
  const { topic, taskQueue } = subject.names;
  const order = { dry_run: true, actor: 'matrix' };
  if (way === 'REST') return (await ask<{ id: string }>(subject, 'POST', '/retention/runs', order)).id;
  if (way === 'sluice') {
    return (JSON.parse(await sluice(subject, ['retention', 'run', '--dry-run', '--json'])) as { id: string }).id;
  }
  const id = `by-hand-${Date.now()}`;
  const start = ['workflow', 'start', '--type', RETENTION_WORKFLOW, '--task-queue', taskQueue];
  const input = JSON.stringify({ topic, dryRun: true });
  await temporal(subject, [...start, '--workflow-id', retentionWorkflowId(topic, id), '--input', input]);
  return id;
}
