import { Context } from '@temporalio/activity';
import { asFailures } from '../activities/failures';
import { PipelineError } from '../domain/errors';
import type { Logger } from '../logger';
import type { TopicRuntime, WorkerActivities } from './topic-runtime';

/** What of an activity's input says which topic it is about, and under which rules. */
interface About {
  topic?: string;
  ref?: { topic?: string };
  epoch?: { rulesHash?: string };
}

type Step = (...args: unknown[]) => Promise<unknown>;

/**
 * The activities of all topics of a process as one set: each call goes to its topic, under the rules of its batch.
 *
 * @param onUnknownRules told when a batch is of rules that this process does not have (yet)
 */
export function routeActivities(
  topics: ReadonlyMap<string, TopicRuntime>,
  logger: Logger,
  onUnknownRules: () => void = () => undefined,
): WorkerActivities {
  const [first] = topics.values();
  const names = Object.keys(first!.activities()) as (keyof WorkerActivities)[];

  function choose(name: keyof WorkerActivities, input: About | undefined): Step {
    const topic = topicOf(input) ?? (topics.size === 1 ? first!.topic : undefined);
    const runtime = topics.get(topic ?? '');
    if (!runtime) {
      const what = `this worker does not serve topic ${topic ?? '(none is named)'}: its configuration has other topics`;
      throw new PipelineError('topic_not_served', what, { retryAfterMs: 5000 });
    }
    const rules = input?.epoch?.rulesHash;
    if (rules !== undefined && !runtime.knows(rules)) onUnknownRules();
    return runtime.activities(rules)[name] as Step;
  }

  const route =
    (name: keyof WorkerActivities): Step =>
    async (...args) => {
      const step = await asFailures(logger, name, async () => choose(name, args[0] as About | undefined));
      return step(...args);
    };
  return Object.fromEntries(names.map((name) => [name, route(name)])) as unknown as WorkerActivities;
}

/** Inputs that do not name their topic are those of a workflow that has it in its id. */
function topicOf(input: About | undefined): string | undefined {
  const named = input?.topic ?? input?.ref?.topic;
  return named ?? topicOfWorkflow(Context.current().info.workflowExecution?.workflowId ?? '');
}

/** `ingest/logs/0`, `replay/logs/x` and all others that are named after a topic. */
export function topicOfWorkflow(workflowId: string): string | undefined {
  return /^(?:ingest|replay|retention|audit|export)\/([^/]+)/.exec(workflowId)?.[1];
}
