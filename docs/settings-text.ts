import { z } from 'zod';
import { resolveStackSettings, type StackVariable } from '../local/stack-settings';
import { settings } from '../src/settings';

/** One line of a table of settings. */
export interface Entry {
  name: string;
  /** As it would be written in the environment; empty when there is none. */
  value: string;
  /** What it may be, for people; empty when anything goes. */
  range: string;
  about: string;
}

export interface Section {
  title: string;
  entries: Entry[];
}

interface Setting {
  env: string;
  schema: z.ZodType;
  about: string;
}

const TITLES: Record<keyof typeof settings, string> = {
  kafka: 'Kafka',
  elasticsearch: 'Elasticsearch',
  temporal: 'Temporal',
  topics: 'Topics',
  pipeline: 'Pipeline',
  scoring: 'Scoring',
  redaction: 'Redaction',
  api: 'API',
  exports: 'Long exports',
  generator: 'Generator',
  telemetry: 'Metrics and traces',
  process: 'All processes',
};

/** The settings of `src/settings.ts`, by section. */
export function settingSections(): Section[] {
  return Object.entries(settings as Record<string, Record<string, Setting>>).map(([key, section]) => ({
    title: TITLES[key as keyof typeof settings],
    entries: Object.values(section).map(({ env, schema, about }) => ({
      name: env,
      value: defaultOf(schema),
      range: describeRange(schema),
      about,
    })),
  }));
}

/** The default as text: what the environment would hold. */
export function defaultOf(schema: z.ZodType): string {
  const value = schema.parse(undefined) as string | number | boolean | string[] | undefined;
  if (value === undefined) return '';
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** Sizes and times go up to round numbers that nobody wants to count the digits of. */
const MANY = 1e6;

function describeRange(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as Record<string, unknown>;
  const { type, minimum, maximum, format } = json;
  if (Array.isArray(json['enum'])) return json['enum'].map((one) => `\`${String(one)}\``).join(', ');
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'array') return 'list';
  if (type === 'integer' || type === 'number') return `${Number(minimum)} to ${shortNumber(Number(maximum))}`;
  if (format === 'uri') return 'http or https address';
  if (format === 'date') return 'date, YYYY-MM-DD';
  return '';
}

function shortNumber(value: number): string {
  const power = Math.log2(value);
  return value > MANY && Number.isInteger(power) ? `2^${power}` : String(value);
}

type OwnVariable = StackVariable | 'SLUICE_LOCAL_DIR';

/** API_PORT stands among the settings already. */
const STACK_ABOUT: Record<Exclude<OwnVariable, 'API_PORT'>, { about: string; range?: string }> = {
  STACK: {
    about: 'How `make up` runs: by default Docker where its engine answers, else native.',
    range: '`native`, `docker`',
  },
  SLUICE_LOCAL_DIR: { about: 'Folder of what the native stack fetches and keeps; `.local` by default.' },
  SLUICE_DATA_DIR: { about: "The servers' data; `data` in the local folder by default. Native only." },
  SLUICE_LOG_DIR: { about: 'Logs of all processes; `logs` in the local folder by default. Native only.' },
  SLUICE_KAFKA_PORT: { about: 'Port of Kafka.' },
  SLUICE_KAFKA_CONTROLLER_PORT: { about: "Port of Kafka's controller. Native only." },
  SLUICE_ELASTICSEARCH_PORT: { about: 'Port of Elasticsearch.' },
  SLUICE_ELASTICSEARCH_TRANSPORT_PORT: { about: "Elasticsearch's port for other nodes. Native only." },
  SLUICE_TEMPORAL_PORT: { about: 'Port of Temporal.' },
  SLUICE_TEMPORAL_UI_PORT: { about: "Port of Temporal's Web UI." },
  SLUICE_KAFKA_HEAP_MB: { about: "Kafka's largest heap, in MiB." },
  SLUICE_ELASTICSEARCH_HEAP_MB: { about: "Elasticsearch's heap, in MiB." },
  SLUICE_WORKERS: { about: 'Worker processes.' },
  SLUICE_GENERATOR: { about: 'Whether the generator runs. Native only.', range: '`on`, `off`' },
  SLUICE_UP_TIMEOUT_S: { about: 'How long `make up` waits for the processes, and then for a first record.' },
};

/** What only docker-compose.yml knows. A test holds the defaults against it. */
const COMPOSE_ONLY: Entry[] = [
  { name: 'SLUICE_KIBANA_PORT', value: '5601', range: '', about: 'Port of Kibana.' },
  {
    name: 'SLUICE_PROMETHEUS_PORT',
    value: '9090',
    range: '',
    about: 'Port of Prometheus, in the profile `observability`.',
  },
  { name: 'SLUICE_GRAFANA_PORT', value: '3000', range: '', about: 'Port of Grafana, in the profile `observability`.' },
  { name: 'SLUICE_KAFKA_MEM_LIMIT', value: '1g', range: '', about: "Memory limit of Kafka's container." },
  {
    name: 'SLUICE_ELASTICSEARCH_MEM_LIMIT',
    value: '2g',
    range: '',
    about: "Memory limit of Elasticsearch's container; about twice the heap.",
  },
  { name: 'SLUICE_KIBANA_MEM_LIMIT', value: '1g', range: '', about: "Memory limit of Kibana's container." },
  { name: 'SLUICE_TEMPORAL_MEM_LIMIT', value: '768m', range: '', about: "Memory limit of Temporal's container." },
  { name: 'SLUICE_WORKER_MEM_LIMIT', value: '1536m', range: '', about: 'Memory limit of each worker.' },
];

/** The variables of the stack itself, beside those of the processes it starts. */
export function stackSections(): Section[] {
  const defaults = resolveStackSettings({}) as unknown as Record<string, string | number | undefined>;
  const entries = Object.entries(STACK_ABOUT).map(([name, { about, range = '' }]) => ({
    name,
    value: String(defaults[name] ?? ''),
    range,
    about,
  }));
  return [
    { title: 'Both stacks, unless it says otherwise', entries },
    { title: 'docker-compose.yml only', entries: COMPOSE_ONLY },
  ];
}

/** Tables in Markdown, one per section. */
export function renderTables(sections: readonly Section[]): string {
  return sections
    .map(({ title, entries }) => {
      const rows = entries.map(
        ({ name, value, range, about }) =>
          `| \`${name}\` | ${value === '' ? '' : `\`${value}\``} | ${range} | ${about} |`,
      );
      return [`**${title}**`, '', '| Variable | Default | Values | Meaning |', '|---|---|---|---|', ...rows].join('\n');
    })
    .join('\n\n');
}

/** `.env.example`: everything commented out, at its default. */
export function renderEnvExample(sections: readonly Section[]): string {
  const head = [
    '# Every setting at its default: copy this file to .env and uncomment what you change.',
    '# Both stacks set KAFKA_BROKERS, ELASTICSEARCH_URL, TEMPORAL_ADDRESS and TEMPORAL_UI_URL themselves, from the ports.',
    '# Generated by `npm run docs:settings` from src/settings.ts and local/stack-settings.ts; edit those.',
  ];
  const parts = sections.map(({ title, entries }) =>
    [`# --- ${title}`, ...entries.flatMap(({ name, value, about }) => ['', `# ${about}`, `#${name}=${value}`])].join(
      '\n',
    ),
  );
  return `${[head.join('\n'), ...parts].join('\n\n')}\n`;
}

/**
 * Puts text between `<!-- name -->` and `<!-- /name -->`.
 *
 * @throws Error when the document lacks the markers
 */
export function replaceBetween(document: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`no ${start} ... ${end} in the document`);
  return `${document.slice(0, from + start.length)}\n\n${text}\n\n${document.slice(to)}`;
}
