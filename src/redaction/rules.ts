/** What can be redacted, in the order in which one span that several of them find is named. */
export const REDACTION_RULES = [
  'pem',
  'jwt',
  'vendor_key',
  'card',
  'bearer',
  'basic',
  'url_login',
  'field',
  'email',
  'ip',
] as const;
export type RedactionRule = (typeof REDACTION_RULES)[number];

/** What nobody wants in a log: all but what some need for their work. */
export const SECRET_RULES: readonly RedactionRule[] = REDACTION_RULES.filter(
  (rule) => rule !== 'email' && rule !== 'ip',
);

/** What is redacted, and how it is marked. Plain data: a child process is told it. */
export interface RedactionSettings {
  rules: readonly RedactionRule[];
  /** Further names of fields whose values are redacted, in lower case; with a point it is a path from the top. */
  fields: readonly string[];
  /** Makes the same secret recognisable by a keyed hash; without it every secret of a rule looks alike. */
  key?: string | undefined;
}

/** A stretch of a text that a rule has found, from `start` up to, not including, `end`. */
export interface Span {
  start: number;
  end: number;
  rule: RedactionRule;
}

/** Tells of the stretches of a text that one rule covers. Takes time linear in the text, whatever is in it. */
export type Finder = (text: string, found: (start: number, end: number) => void) => void;
