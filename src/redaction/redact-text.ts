import { findCards } from './find-cards';
import { createNamedValues } from './find-named-values';
import { findAddresses, findEmails } from './find-people';
import { findBasics, findBearers, findJwts, findPems, findVendorKeys } from './find-tokens';
import { findUrlLogins } from './find-url-logins';
import { createReplace, type Replace } from './replacement';
import { REDACTION_RULES, type Finder, type RedactionRule, type RedactionSettings, type Span } from './rules';
import type { SecretNames } from './secret-names';

/** Told of each secret that was replaced. */
export type OnRedacted = (rule: RedactionRule) => void;

/** Replaces secrets, and says so. */
export interface TextRedactor {
  /** The text without what the rules find in it; the same text when that is nothing. */
  text(text: string): string;
  /** The replacement of a whole value. */
  value(rule: RedactionRule, secret: string): string;
}

const FINDERS: Record<Exclude<RedactionRule, 'field'>, Finder> = {
  pem: findPems,
  jwt: findJwts,
  vendor_key: findVendorKeys,
  card: findCards,
  bearer: findBearers,
  basic: findBasics,
  url_login: findUrlLogins,
  email: findEmails,
  ip: findAddresses,
};

export function createTextRedactor(
  settings: RedactionSettings,
  names: SecretNames,
  onRedacted: OnRedacted,
): TextRedactor {
  const replace = createReplace(settings);
  const named = createNamedValues(settings, names);
  const finders: { rule: RedactionRule; find: Finder }[] = [{ rule: 'field', find: named }];
  for (const rule of settings.rules) if (rule !== 'field') finders.push({ rule, find: FINDERS[rule] });
  return {
    value(rule, secret) {
      onRedacted(rule);
      return replace(rule, secret);
    },
    text(text) {
      const spans: Span[] = [];
      for (const { rule, find } of finders) find(text, (start, end) => spans.push({ start, end, rule }));
      return spans.length === 0 ? text : replaceAll(text, merge(spans), replace, onRedacted);
    },
  };
}

/** Spans in order; those that overlap become one, named after the rule that comes first. */
function merge(spans: Span[]): Span[] {
  const order = ({ rule }: Span) => REDACTION_RULES.indexOf(rule);
  const merged: Span[] = [];
  for (const span of spans.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push({ ...span });
    else {
      last.end = Math.max(last.end, span.end);
      if (order(span) < order(last)) last.rule = span.rule;
    }
  }
  return merged;
}

function replaceAll(text: string, spans: Span[], replace: Replace, onRedacted: OnRedacted): string {
  let result = '';
  let from = 0;
  for (const { start, end, rule } of spans) {
    result += text.slice(from, start) + replace(rule, text.slice(start, end));
    from = end;
    onRedacted(rule);
  }
  return result + text.slice(from);
}
