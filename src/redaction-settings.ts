import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { REDACTION_RULES, SECRET_RULES, type RedactionRule, type RedactionSettings } from './redaction/rules';
import { path, secret, setting } from './setting';

const MIN_KEY = 16;
/** `secrets` stands for all rules but those of people; `none` is said alone. */
const CHOICES = ['secrets', 'none', ...REDACTION_RULES] as const;
type Choice = (typeof CHOICES)[number];

const words = (value: string) => value.split(',').map((part) => part.trim());
const FIELD = /^[\w@-][\w.@-]{1,126}[\w@-]$/;

/** The rules and fields as lists; the pipeline file has them so. */
export const redactionRules = z
  .array(z.enum(CHOICES, `must be ${CHOICES.join(', ')}, or several of them`))
  .refine((rules) => rules.length === 1 || !rules.includes('none'), '`none` stands alone');
export const redactionFields = z.array(
  z.string().toLowerCase().regex(FIELD, 'names of 3 to 128 letters, digits, _, -, @ and points'),
);

/** What is redacted, and how. */
export const redactionSettings = {
  rules: setting(
    'REDACT_RULES',
    z.string().transform(words).pipe(redactionRules).default(['secrets']),
    'What is taken out of records, comma-separated: `secrets` is all but `email` and `ip`; `none` takes out nothing.',
  ),
  fields: setting(
    'REDACT_FIELDS',
    z
      .string()
      .transform((value) => words(value).filter(Boolean))
      .pipe(redactionFields)
      .default([]),
    'Further fields whose values are redacted, comma-separated: a name, or a path of names with points.',
  ),
  key: setting(
    'REDACT_KEY',
    secret.refine((key) => key === undefined || key.length >= MIN_KEY, `at least ${MIN_KEY} characters`),
    'Marks a secret with a keyed hash instead of a fixed text, so that the same one can be recognised.',
  ),
  keyFile: setting('REDACT_KEY_FILE', path, 'File that holds this key instead.'),
} as const;

interface Values {
  rules: readonly Choice[];
  fields: readonly string[];
  key?: string | undefined;
  keyFile?: string | undefined;
}

/** What contradicts itself or cannot be read: one line each, never the key. */
export function redactionProblems({ key, keyFile }: Values): string[] {
  if (keyFile === undefined) return [];
  if (key !== undefined) return ['REDACT_KEY or REDACT_KEY_FILE: set one of them'];
  try {
    const long = readKey(keyFile).length >= MIN_KEY;
    return long ? [] : [`REDACT_KEY_FILE: the file ${keyFile} must hold at least ${MIN_KEY} characters`];
  } catch (error) {
    return [`REDACT_KEY_FILE: the file ${keyFile} cannot be read: ${(error as NodeJS.ErrnoException).code}`];
  }
}

/** The settings as the redaction takes them, the key's file read. @throws Error when it cannot be read */
export function readRedaction({ rules, fields, key, keyFile }: Values): RedactionSettings {
  const chosen = new Set(rules.flatMap((rule) => (rule === 'secrets' ? SECRET_RULES : rule === 'none' ? [] : [rule])));
  return {
    rules: REDACTION_RULES.filter((rule): rule is RedactionRule => chosen.has(rule)),
    fields: rules.includes('none') ? [] : fields,
    key: keyFile === undefined ? key : readKey(keyFile),
  };
}

function readKey(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}
