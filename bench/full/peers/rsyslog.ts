import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { runCommand } from '../../../local/system/run-command';
import { loadConfig } from '../../../src/config';
import type { DrainRun } from '../../drain';
import type { BenchServers } from '../../servers';
import { BATCH_RECORDS, type Peer } from './peer';

const PROGRAM = process.env['BENCH_RSYSLOGD'] ?? 'rsyslogd';
const MODULES = [
  '/usr/lib/x86_64-linux-gnu/rsyslog',
  '/usr/lib/aarch64-linux-gnu/rsyslog',
  '/usr/lib64/rsyslog',
  '/usr/lib/rsyslog',
];
const NEEDED = ['imkafka.so', 'omelasticsearch.so', 'mmjsonparse.so'];
/** Of the queue in memory, which a kill empties. */
const QUEUE_RECORDS = 100_000;

/** rsyslog with our rules in its own language and its queue in memory, as it is by default. It knows no place in Kafka. */
export const rsyslog: Peer = {
  title: 'rsyslog',
  async find() {
    const found = await runCommand(PROGRAM, ['-v']).catch(() => undefined);
    if (found === undefined) return `no program ${PROGRAM}: Debian has it as rsyslog`;
    const lacking = NEEDED.filter((file) => !MODULES.some((folder) => existsSync(`${folder}/${file}`)));
    if (lacking.length > 0) return `without ${lacking.join(', ')}: Debian has rsyslog-kafka and rsyslog-elasticsearch`;
    return {
      name: 'rsyslog',
      command(servers, run) {
        const file = `${run.logFile}.conf`;
        const work = `${run.logFile}.work`;
        mkdirSync(work, { recursive: true });
        writeFileSync(file, configOf(servers, run, work));
        return { command: PROGRAM, args: ['-n', '-f', file, '-i', `${work}/pid`] };
      },
    };
  },
};

function configOf(servers: BenchServers, { topic, index }: DrainRun, work: string): string {
  const { hostname, port } = new URL(servers.elasticsearchUrl);
  return `
global(workDirectory="${work}" maxMessageSize="1m")
module(load="imkafka")
module(load="mmjsonparse")
module(load="omelasticsearch")
template(name="document" type="list") { property(name="$!all-json") }
ruleset(name="score" queue.type="LinkedList" queue.size="${QUEUE_RECORDS}" queue.dequeueBatchSize="${BATCH_RECORDS}" queue.workerThreads="2" queue.timeoutEnqueue="600000") {
  action(type="mmjsonparse" cookie="" useRawMsg="on")
${scoring()}
  action(type="omelasticsearch" server="${hostname}" serverport="${port}" searchIndex="${index}" searchType="" bulkmode="on" maxbytes="20m"
         template="document" esVersion.major="8" healthchecktimeout="60000" action.resumeRetryCount="-1" action.resumeInterval="1"
         errorFile="${work}/refused")
}
input(type="imkafka" topic="${topic}" broker=["${servers.brokers}"] consumergroup="rsyslog-${index}" ruleset="score"
      confParam=["auto.offset.reset=earliest", "session.timeout.ms=10000"])
`;
}

function scoring(): string {
  const rules = loadConfig({}).scoring;
  const add = (points: number) => `{ set $.score = $.score + ${points}; }`;
  const severity = (name: string) => `{ set $!anomaly!severity = "${name}"; }`;
  return `
  set $!@timestamp = $!timestamp;
  unset $!timestamp;
  set $.score = 0;
  if $!level == "fatal" then ${add(rules.fatal)} else if $!level == "error" then ${add(rules.error)} else if $!level == "warn" then ${add(rules.warn)}
  if $!status_code >= 500 then ${add(rules.serverError)} else if $!status_code >= 400 then ${add(rules.clientError)}
  if $!response_time_ms >= ${rules.verySlowMs} then ${add(rules.verySlow)} else if $!response_time_ms >= ${rules.slowMs} then ${add(rules.slow)}
  if $!error_code != "" then ${add(rules.errorCode)}
  if $.score > 100 then { set $.score = 100; }
  set $!anomaly!score = $.score;
  if $.score >= ${rules.critical} then ${severity('critical')} else if $.score >= ${rules.high} then ${severity('high')} else if $.score >= ${rules.medium} then ${severity('medium')} else if $.score >= ${rules.low} then ${severity('low')} else ${severity('none')}
  if $.score >= ${rules.anomalyThreshold} then { set $!anomaly!is_anomaly = "true"; } else { set $!anomaly!is_anomaly = "false"; }
`;
}
