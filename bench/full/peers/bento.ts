import { writeFileSync } from 'node:fs';
import { runCommand } from '../../../local/system/run-command';
import { loadConfig } from '../../../src/config';
import type { DrainRun } from '../../drain';
import type { BenchServers } from '../../servers';
import { BATCH_RECORDS, type Peer } from './peer';

const PROGRAM = process.env['BENCH_BENTO'] ?? 'bento';

/** Bento with our rules in its own language, ids by place in Kafka, so that nothing is written twice. */
export const bento: Peer = {
  title: 'Bento',
  async find() {
    const outputs = await runCommand(PROGRAM, ['list', 'outputs']).catch(() => undefined);
    if (outputs === undefined) {
      return `no program ${PROGRAM}: go install github.com/warpstreamlabs/bento/cmd/bento@latest`;
    }
    // The older one lacks some of what newer servers ask for, and is all that versions before 1.11 have.
    const output = ['elasticsearch_v2', 'elasticsearch'].find((name) => outputs.includes(`- ${name}\n`));
    if (output === undefined) return `${PROGRAM} was built without an output for Elasticsearch`;
    return {
      name: 'bento',
      command(servers, run) {
        const file = `${run.logFile}.yaml`;
        writeFileSync(file, configOf(servers, run, output));
        return { command: PROGRAM, args: ['-c', file] };
      },
    };
  },
};

function configOf(servers: BenchServers, { topic, index }: DrainRun, output: string): string {
  // JSON is YAML, too.
  return JSON.stringify(
    {
      http: { enabled: false },
      logger: { level: 'WARN' },
      input: {
        kafka_franz: {
          seed_brokers: [servers.brokers],
          topics: [topic],
          consumer_group: `bento-${index}`,
          checkpoint_limit: BATCH_RECORDS * 4,
          batching: { count: BATCH_RECORDS, period: '250ms' },
        },
      },
      pipeline: { threads: 2, processors: [{ mapping: scoring() }] },
      output: {
        [output]: {
          urls: [servers.elasticsearchUrl],
          index,
          id: '01-${! meta("kafka_partition") }-${! meta("kafka_offset") }',
          timeout: '60s',
          max_in_flight: 4,
          ...(output === 'elasticsearch' ? { sniff: false, healthcheck: false } : {}),
        },
      },
    },
    null,
    2,
  );
}

function scoring(): string {
  const rules = loadConfig({}).scoring;
  return `
let level = match this.level {
  "fatal" => { "rule": "level_fatal", "weight": ${rules.fatal} }
  "error" => { "rule": "level_error", "weight": ${rules.error} }
  "warn" => { "rule": "level_warn", "weight": ${rules.warn} }
  _ => null
}
let code = this.status_code.or(0)
let status = if $code >= 500 { { "rule": "status_5xx", "weight": ${rules.serverError} } } else if $code >= 400 { { "rule": "status_4xx", "weight": ${rules.clientError} } } else { null }
let time = this.response_time_ms.or(0)
let response = if $time >= ${rules.verySlowMs} { { "rule": "response_very_slow", "weight": ${rules.verySlow} } } else if $time >= ${rules.slowMs} { { "rule": "response_slow", "weight": ${rules.slow} } } else { null }
let error = if this.error_code != null { { "rule": "error_code", "weight": ${rules.errorCode} } } else { null }
let reasons = [$level, $status, $response, $error].filter(reason -> reason != null)
let score = [$reasons.map_each(reason -> reason.weight).sum(), 100].min()
root = this.without("timestamp")
root."@timestamp" = this.timestamp
root.anomaly.score = $score
root.anomaly.severity = if $score >= ${rules.critical} { "critical" } else if $score >= ${rules.high} { "high" } else if $score >= ${rules.medium} { "medium" } else if $score >= ${rules.low} { "low" } else { "none" }
root.anomaly.is_anomaly = $score >= ${rules.anomalyThreshold}
root.anomaly.reasons = $reasons
root.kafka.partition = @kafka_partition
root.kafka.offset = @kafka_offset
`;
}
