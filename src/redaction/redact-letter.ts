import type { RedactLetter } from '../activities/ports';
import type { Redactor } from './redactor';

/** Redacts dead letters where they are written. */
export function createRedactLetter(redactor: Redactor): RedactLetter {
  return (letter) => {
    const { rejection } = letter;
    const record = redactor.record(letter.record);
    const field = redactor.text(rejection.field);
    const detail = redactor.text(rejection.detail);
    if (record === letter.record && field === rejection.field && detail === rejection.detail) return letter;
    return { ...letter, record, rejection: { ...rejection, field, detail } };
  };
}
