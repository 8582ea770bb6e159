import type { RedactLetter } from '../activities/ports';
import type { PartRejection } from '../domain/record';
import type { Redactor } from './redactor';

/** Redacts dead letters where they are written. */
export function createRedactLetter(redactor: Redactor): RedactLetter {
  return (letter) => {
    const { rejection } = letter;
    // One that killed its process was being parsed: this one must not die of it, too.
    const record = redactor.record(letter.record, rejection.code === 'process_killed');
    const field = redactor.text(rejection.field);
    const detail = redactor.text(rejection.detail);
    const { parts } = rejection;
    const refused = parts?.refused.map((one) => ({
      ...one,
      field: redactor.text(one.field),
      detail: redactor.text(one.detail),
    }));
    const isShown = (one: PartRejection, at: number) =>
      one.field === refused![at]!.field && one.detail === refused![at]!.detail;
    const isWhole = record === letter.record && field === rejection.field && detail === rejection.detail;
    if (isWhole && (parts?.refused ?? []).every(isShown)) return letter;
    const shownParts = parts && { parts: { ...parts, refused: refused! } };
    return { ...letter, record, rejection: { ...rejection, field, detail, ...shownParts } };
  };
}
