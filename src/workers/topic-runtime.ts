import { createActivities, type Activities } from '../activities';
import { createAuditActivities, type AuditActivities } from '../activities/audit-activities';
import type { Config } from '../config';
import type { Shutdown } from '../shutdown';
import { openTopicParts, type SharedParts, type TopicParts } from './topic-parts';
import { makeTopicVersion, type TopicVersion } from './topic-version';

export type WorkerActivities = Activities & AuditActivities;

interface Version extends TopicVersion {
  activities: WorkerActivities;
}

/** Rules of before that are kept for the batches that were pulled under them. */
const KEPT = 2;

/**
 * A topic in this process. Its configuration may change while it runs: batches that were pulled under the rules of before
 * end under those, and every later one is of the new rules.
 */
export class TopicRuntime {
  /** The newest first. */
  #versions: Version[] = [];

  private constructor(private readonly parts: TopicParts) {}

  static async open(config: Config, shared: SharedParts, shutdown: Shutdown): Promise<TopicRuntime> {
    const runtime = new TopicRuntime(openTopicParts(config, shared, shutdown));
    await runtime.take(config);
    shutdown.onClose('kafka dead letters', () => runtime.#close());
    return runtime;
  }

  /** The configuration in force. */
  get current(): TopicVersion {
    return this.#versions[0]!;
  }

  get topic(): string {
    return this.current.config.kafka.topic;
  }

  /** True when this process has these rules, or had them a moment ago. */
  knows(rulesHash: string): boolean {
    return this.#versions.some((one) => one.rulesHash === rulesHash);
  }

  /** The activities under these rules; those in force where they are not known, which then refuse the batch. */
  activities(rulesHash?: string): WorkerActivities {
    return (this.#versions.find((one) => one.rulesHash === rulesHash) ?? this.#versions[0]!).activities;
  }

  /** Takes another configuration on; which topic it is and where its documents go must be the same. */
  async take(config: Config): Promise<void> {
    const { logger } = this.parts;
    const version = await makeTopicVersion(config, this.parts, this.#versions);
    const activities = {
      ...createActivities(version.activityDeps),
      ...createAuditActivities(version.auditDeps, logger),
    };
    const others = this.#versions.filter((one) => one.rulesHash !== version.rulesHash);
    this.#versions = [{ ...version, activities }, ...others.slice(0, KEPT)];
    const sinks = new Set(this.#versions.map((one) => one.deadLetters));
    const left = others.slice(KEPT).map((one) => one.deadLetters);
    for (const sink of new Set(left)) if (!sinks.has(sink)) void sink.close().catch(() => undefined);
  }

  async #close(): Promise<void> {
    const sinks = new Set(this.#versions.map((one) => one.deadLetters));
    await Promise.all([...sinks].map((sink) => sink.close()));
  }
}
