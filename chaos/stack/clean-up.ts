import type { DirectClients } from './clients';
import type { RunNames } from './names';

/** Ends the workflows of a run and removes its topics, indices and template, so that the next run finds quiet servers. */
export async function cleanUp(clients: DirectClients, names: RunNames): Promise<void> {
  const running = clients.temporal.workflow.list({
    query: `TaskQueue = '${names.taskQueue}' AND ExecutionStatus = 'Running'`,
  });
  for await (const { workflowId } of running) {
    const handle = clients.temporal.workflow.getHandle(workflowId);
    await handle.terminate('run ended').catch(() => undefined);
  }
  const admin = clients.kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [names.topic, names.deadLetterTopic] }).finally(() => admin.disconnect());
  const { elasticsearchUrl: url } = clients;
  const found = await fetch(`${url}/${names.indexPrefix}-*?expand_wildcards=all&filter_path=*.aliases`);
  for (const index of Object.keys((await found.json()) as object)) await fetch(`${url}/${index}`, { method: 'DELETE' });
  await fetch(`${url}/_index_template/sluice-${names.indexPrefix}`, { method: 'DELETE' });
}
