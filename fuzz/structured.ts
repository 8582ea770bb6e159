import { PLAIN_LOG } from '../test/support/records';

/** Seeded whole numbers below a bound. */
export type Dice = (below: number) => number;

/** A member of an object as it is written: name and value are JSON text, so that either may be anything. */
type Member = [name: string, value: string];

const MEMBERS: Member[] = Object.entries({
  ...PLAIN_LOG,
  ...{ request_id: 'r-1', status_code: 200, user_id: 'u', path: '/x', method: 'GET', response_time_ms: 12.5 },
  ...{ error_code: 'E1', tags: ['a', 'b'] },
}).map(([name, value]) => [JSON.stringify(name), JSON.stringify(value)]);
/** Those a log cannot be without come first: the time, service, level and message. */
const NEEDED = 4;

/** Values that a known field may have. */
const FITTING: Record<string, string[]> = {
  '"timestamp"': ['null', '0', '1764000000000', '-1.5e3', '"2026-11-24T12:00:00+05:30"', '"2026-11-24T11:59:59.000Z"'],
  '"service"': ['"\\ud800"', '"a\\u0000b"', '"\u00fc\u20ac\u{1f600}"', '" "'],
  '"level"': ['"ERROR"', '"critical"', '"Warning"', '"fatal"', '"err"'],
  '"message"': ['""', '"\\u0000\\"\\\\\\n"', '"\u2028\ufeff"', `"${'m'.repeat(2000)}"`, '"{\\"a\\":1}"'],
  '"status_code"': ['503', '404', '2E2', '100', '599', 'null'],
  '"user_id"': ['12345678901234567890', '1.50', '-0', '"0"', '1e999', 'null'],
  '"response_time_ms"': ['0', '12.345678901234567890123', '1.7976931348623157e308', '5000', '-0', 'null'],
  '"tags"': ['[]', '[""]', '["\\ud800","\\u0000"]', 'null'],
};
/** Values for which a known field is refused, nearly all of them for nearly all fields. */
const WRONG = ['true', '{}', '[[]]', '{"a":1}', '-1', '1e999', '["a",1]', `"${'x'.repeat(600)}"`, '1.5', '""'];
/** Attributes may be anything. */
const NAMES = [
  ...['a', 'b', 'http', '', '.', 'a.b', '__proto__', 'constructor', 'toString', '@timestamp', 'kafka', 'epoch', '_id'],
  ...['\u00fc', '\u{1f600}', '\ud800', '\n', 'n'.repeat(512), 'attributes', 'anomaly', '0', '-1'],
].map((name) => JSON.stringify(name));
const VALUES = [
  ...['1', '-0', '1.0', '1e999', '1e-400', '9007199254740993', '0.30000000000000004', '9'.repeat(1000), 'null', 'true'],
  ...['"x"', '"\\ud800"', '"\\u0000"', '[]', '{}', '[null,[1,"a",{}]]', '{"__proto__":{"a":1}}', '{"a":{"b":[1.50]}}'],
  ...[`${'['.repeat(15)}${']'.repeat(15)}`, `"${'\u20ac'.repeat(1000)}"`, '{"a.b":1,"a":{"b":2}}', '"}"', '[1,2,3]'],
];
const ZERO_NAME = '"a\\u0000b"';

/** Changes that leave a log acceptable. */
const MILD: ((members: Member[], dice: Dice) => void)[] = [
  (members, dice) => change(members, dice, (name) => FITTING[name] ?? ['null', '"other"']),
  (members, dice) => add(members, dice, pick(NAMES, dice), pick(VALUES, dice)),
  (members, dice) => void members.splice(NEEDED + dice(members.length), 1),
  (members, dice) => void members.push(...members.splice(dice(members.length), 1)),
];
/** Changes for which it is refused, each for another reason. */
const HARSH: ((members: Member[], dice: Dice) => void)[] = [
  (members, dice) => change(members, dice, () => WRONG),
  (members, dice) => void members.splice(1 + dice(NEEDED - 1), 1),
  (members, dice) => add(members, dice, pick(members, dice)[0], pick(VALUES, dice)),
  (members, dice) => add(members, dice, '"x"', `{"y":[{"a":1,"\\u0061":${pick(VALUES, dice)}}]}`),
  (members, dice) => add(members, dice, pick([ZERO_NAME, `"${'n'.repeat(513)}"`], dice), '1'),
  (members, dice) => add(members, dice, '"x"', `{"y":[{${ZERO_NAME}:null}]}`),
  (members, dice) => add(members, dice, '"x"', nested(16 + dice(50))),
  (members, dice) => add(members, dice, '"x"', `[${'1,'.repeat(1000 + dice(50))}1]`),
  (members, dice) => add(members, dice, '"x"', '9'.repeat(1001 + dice(50))),
];

/** One of these many structured records has a change for which it must be refused. */
const HARSH_SHARE = 4;

/** A log as services write it, as text, with up to four changes to its members, and blanks between its tokens. */
export function structured(dice: Dice): Buffer {
  const members = MEMBERS.slice(0, NEEDED + dice(MEMBERS.length - NEEDED + 1)).map((member): Member => [...member]);
  for (let changes = dice(5); changes > 0; changes -= 1) pick(MILD, dice)(members, dice);
  if (dice(HARSH_SHARE) === 0) pick(HARSH, dice)(members, dice);
  const gap = pick(['', '', ' ', '\n\t'], dice);
  return Buffer.from(`{${members.map(([name, value]) => `${name}${gap}:${value}`).join(`${gap},${gap}`)}}`);
}

function change(members: Member[], dice: Dice, valuesOf: (name: string) => string[]): void {
  const member = pick(members, dice);
  member[1] = pick(valuesOf(member[0]), dice);
}

function add(members: Member[], dice: Dice, name: string, value: string): void {
  members.splice(dice(members.length + 1), 0, [name, value]);
}

function nested(depth: number): string {
  return `${'{"y":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

export function pick<T>(items: readonly T[], dice: Dice): T {
  return items[dice(items.length)]!;
}
