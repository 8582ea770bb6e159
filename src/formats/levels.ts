import { LEVELS, type Level } from '../domain/record';

/** Names of levels, and the level each stands for, in lower case. */
const NAMES = new Map<string, Level>();
const name = (level: Level, names: string) => names.split(' ').forEach((one) => NAMES.set(one, level));
name('trace', 'trace trc finest finer verbose silly all t');
name('debug', 'debug dbg debu fine config d');
name('info', 'info information informational inf notice log default i n');
name('warn', 'warn warning wrn w');
name('error', 'error err eror severe failure e');
name('fatal', 'fatal ftl critical crit alert emerg emergency panic dpanic f c');

// eslint-disable-next-line no-control-regex -- it is the control that is meant
const COLOUR = /\u001b\[[\d;]{0,16}m/g;

/** How a format counts its levels. */
export type LevelScale = 'pino' | 'syslog' | 'otel';

/** The names that our own format knows, in lower case. */
const OWN_NAMES = new Map<string, Level>([
  ...LEVELS.map((level) => [level, level] as const),
  ['warning', 'warn'],
  ['err', 'error'],
  ['critical', 'fatal'],
  ['information', 'info'],
]);

/** The level that a name stands for in our own format; undefined when it is none. */
export function readOwnLevel(text: string): Level | undefined {
  return OWN_NAMES.get(text) ?? OWN_NAMES.get(text.toLowerCase());
}

const SYSLOG: Level[] = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'];
const OTEL: Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * The level that a name or a number stands for; undefined when it is none.
 *
 * @param scale of numbers: pino's and Bunyan's 10 to 60, syslog's 0 to 7 (GELF and journald count so), OpenTelemetry's 1 to 24
 */
export function readLevel(value: unknown, scale: LevelScale): Level | undefined {
  if (typeof value === 'number') return ofNumber(value, scale);
  if (typeof value !== 'string' || value.length > 32) return undefined;
  const known = NAMES.get(value) ?? NAMES.get(value.trim().toLowerCase());
  if (known !== undefined) return known;
  if (/^\d{1,2}$/.test(value)) return ofNumber(Number(value), scale);
  // Colours for a terminal, which winston is often told to add.
  if (value.startsWith('\u001b[')) return NAMES.get(value.replace(COLOUR, '').trim().toLowerCase());
  // OpenTelemetry's INFO2, and SEVERITY_NUMBER_INFO2 of its enumeration.
  const [, base] = /^(?:SEVERITY_NUMBER_)?([A-Z]+)[1-4]?$/.exec(value) ?? [];
  return base === undefined ? undefined : NAMES.get(base.toLowerCase());
}

function ofNumber(value: number, scale: LevelScale): Level | undefined {
  if (scale === 'syslog') return SYSLOG[value];
  if (scale === 'otel') return value >= 1 && value <= 24 ? OTEL[Math.ceil(value / 4) - 1] : undefined;
  if (!(value > 0 && value <= 100)) return undefined;
  if (value < 20) return 'trace';
  if (value < 30) return 'debug';
  if (value < 40) return 'info';
  if (value < 50) return 'warn';
  return value < 60 ? 'error' : 'fatal';
}
