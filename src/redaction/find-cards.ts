import type { Finder } from './rules';

/** Digits by the issuer's number, so that no time since the epoch and few ids look like a card. */
const ISSUERS: { prefix: RegExp; lengths: readonly number[] }[] = [
  { prefix: /^4/, lengths: [13, 16, 19] },
  { prefix: /^(?:5[1-5]|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720))/, lengths: [16] },
  { prefix: /^3[47]/, lengths: [15] },
  { prefix: /^3(?:0[0-5]|[689])/, lengths: [14] },
  { prefix: /^(?:6011|64[4-9]|65|62|35(?:2[89]|[3-8]\d))/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:50|5[6-9]|6[0378])/, lengths: [13, 14, 15, 16, 17, 18, 19] },
];
/** How cards are written in groups: by fours with a rest, American Express, Diners. */
const GROUPINGS = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
] as const;
const GROUPS = /\d+/g;
const WORD = /[A-Za-z0-9_]/;

interface Group {
  start: number;
  end: number;
}

/**
 * Numbers of payment cards, 13 to 19 digits that pass Luhn's check: written together, or in a card's groups with one blank
 * or dash between. A longer run of digits, a fraction and a part of a word are none.
 */
export const findCards: Finder = (text, found) => {
  let run: Group[] = [];
  const close = () => {
    findInRun(text, run, found);
    run = [];
  };
  for (const { 0: digits, index: start } of text.matchAll(GROUPS)) {
    const last = run.at(-1);
    const joined = last !== undefined && start === last.end + 1 && /[ -]/.test(text[last.end]!);
    if (!joined) close();
    run.push({ start, end: start + digits.length });
  }
  close();
};

/** @param run groups of digits with one blank or dash between each */
function findInRun(text: string, run: Group[], found: (start: number, end: number) => void): void {
  for (let at = 0; at < run.length; at += 1) {
    const taken = cardAt(text, run, at);
    if (taken === 0) continue;
    found(run[at]!.start, run[at + taken - 1]!.end);
    at += taken - 1;
  }
}

/** How many groups from `at` on make a card; 0 for none. */
function cardAt(text: string, run: Group[], at: number): number {
  const first = run[at]!;
  const size = first.end - first.start;
  if (size >= 13 && size <= 19) return isCard(text, first.start, first.end) ? 1 : 0;
  if (size !== 4) return 0;
  for (const grouping of GROUPINGS) {
    const last = run[at + grouping.length - 1];
    if (last === undefined) continue;
    if (!grouping.every((length, group) => run[at + group]!.end - run[at + group]!.start === length)) continue;
    if (isCard(text, first.start, last.end)) return grouping.length;
  }
  return 0;
}

function isCard(text: string, start: number, end: number): boolean {
  const before = text[start - 1];
  if (before !== undefined && WORD.test(before)) return false;
  if (before === '.' && /\d/.test(text[start - 2] ?? '')) return false;
  if (WORD.test(text[end] ?? '') || (text[end] === '.' && /\d/.test(text[end + 1] ?? ''))) return false;
  const digits = text.slice(start, end).replace(/[ -]/g, '');
  return isCardNumber(digits);
}

/** True for digits that an issuer may have given out, by their start, number and check digit. A fraction or an exponent is none. */
export function isCardNumber(digits: string): boolean {
  if (!ISSUERS.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits))) return false;
  if (!/^\d+$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
