import type { FieldRule } from './fields';
import type { LevelScale } from './levels';

/** What a format's table says of a field: where it goes, and what of it is taken. */

/** Any text. */
export function text(to: string): FieldRule {
  return {
    to,
    take({ fields }, value) {
      if (!isText(value) || fields[to] !== undefined) return false;
      fields[to] = value;
      return true;
    },
    told: ({ fields }, value) => fields[to] === value,
    reading: { as: 'text', fills: to },
  };
}

/** Text, or a number that is then written as text. */
export function label(to: string): FieldRule {
  return {
    to,
    take({ fields }, value) {
      if (fields[to] !== undefined) return false;
      if (typeof value === 'number') fields[to] = String(value);
      if (!isText(value)) return false;
      fields[to] = value;
      return true;
    },
    told: ({ fields }, value) => fields[to] === (typeof value === 'number' ? String(value) : value),
    reading: { as: 'label', fills: to },
  };
}

/** A number within bounds; one of `per` units is divided by it, and stays where it was, too. */
export function number(to: string, least: number, most: number, { whole = false, per = 1 } = {}): FieldRule {
  return {
    to,
    take({ fields }, value) {
      const given = ofDigits(value);
      if (typeof given !== 'number' || fields[to] !== undefined) return false;
      const wanted = given / per;
      if (!(wanted >= least && wanted <= most) || (whole && !Number.isInteger(wanted))) return false;
      fields[to] = wanted;
      return wanted === value;
    },
    told({ fields }, value) {
      const given = ofDigits(value);
      return typeof given === 'number' && fields[to] === given / per;
    },
    reading: { as: 'number', fills: to, least, most, whole, per },
  };
}

/** The number that a text of digits is; anything else as it is. */
function ofDigits(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;
}

export const status = () => number('status_code', 100, 599, { whole: true });
export const pid = () => number('process.pid', 0, Number.MAX_SAFE_INTEGER, { whole: true });
/** @param per how many of the record's units are a millisecond */
export const duration = (per: number) => number('response_time_ms', 0, 1e12, { per });

export const time: FieldRule = {
  to: '@timestamp',
  take: (draft, value) => draft.setTime(value),
  told: ({ timeFrom }, value) => timeFrom !== undefined && timeFrom === value,
  reading: { as: 'time', fills: '@timestamp' },
};
export const traceParent: FieldRule = {
  to: undefined,
  take(draft, value) {
    draft.setTraceParent(value);
    return false;
  },
  told({ fields }, value) {
    const [trace, span] = [fields['trace.id'], fields['span.id']];
    return typeof value === 'string' && value.startsWith(`00-${trace}-${span}-`);
  },
};
export const tags: FieldRule = {
  to: 'tags',
  take(draft, value) {
    if (!Array.isArray(value) || draft.tags || !value.every((one) => typeof one === 'string')) return false;
    draft.tags = value;
    return true;
  },
};

export function level(scale: LevelScale): FieldRule {
  return {
    to: 'level',
    take: (draft, value) => draft.setLevel(value, scale),
    told: ({ levelFrom }, value) => levelFrom !== undefined && levelFrom === value,
    reading: { as: 'level', fills: 'level', scale },
  };
}

/** A name for the service; of several the one of the lowest rank is taken. Only rank 0 names it for good. */
export function service(rank: number): FieldRule {
  const to = rank === 0 ? 'service' : undefined;
  return {
    to,
    take: (draft, value) => draft.setService(value, rank) && rank === 0,
    told: (draft, value) => draft.service === value,
    reading: { as: 'service', fills: 'service', rank },
  };
}

/** A field of its own that is also a name for the service. */
export function alsoService(rule: FieldRule, rank: number): FieldRule {
  return {
    to: rule.to,
    told: rule.told,
    reading: rule.reading && { ...rule.reading, alsoService: true },
    take(draft, value) {
      draft.setService(value, rank);
      return rule.take(draft, value);
    },
  };
}

/** Text that is no number in disguise: see exact-numbers.ts. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.startsWith('\0number');
}
