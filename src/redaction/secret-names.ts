import type { RedactionSettings } from './rules';

/** The end of a name that says that a secret follows. Singular ones first: behind a plural, a number is a count. */
export const NAME_ENDS =
  'passw(?:or)?d|passphrase|secret|token|authori[sz]ation|cookie|credential|(?:api|access|secret|private)[-_. ]?key';
const SECRET_NAME = new RegExp(`(?:(?:${NAME_ENDS})(s?)|(?:^|[^a-z])pwd())$`, 'i');
/** The end of a name is enough to judge it. */
const JUDGED_END = 64;

/** What a name says of its value. `several` is a plural: its text is secret, its numbers are counts. */
export type NameVerdict = 'plain' | 'secret' | 'several';

/** Judges names of fields. */
export interface SecretNames {
  /** @param path all names from the top, joined by points */
  judge(name: string, path: string): NameVerdict;
  /** The further names that are no paths, in lower case. */
  extra: readonly string[];
}

export function createSecretNames({ rules, fields }: RedactionSettings): SecretNames {
  const builtIn = rules.includes('field');
  const extra = new Set(fields);
  return {
    extra: [...extra].filter((name) => !name.includes('.')),
    judge(name, path) {
      const match = builtIn ? SECRET_NAME.exec(name.slice(-JUDGED_END)) : null;
      if (match) return match[1] ? 'several' : 'secret';
      if (extra.size === 0) return 'plain';
      const last = lower(name.slice(name.lastIndexOf('.') + 1));
      return extra.has(lower(name)) || extra.has(last) || extra.has(lower(path)) ? 'secret' : 'plain';
    },
  };
}

/** Of ASCII alone: the scan that looks for these names knows no other letters. */
function lower(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
