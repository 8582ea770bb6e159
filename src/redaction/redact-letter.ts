import type { RedactLetter } from '../activities/ports';
import type { Redactor } from './redactor';

/** Redacts dead letters where they are written. */
export function createRedactLetter(redactor: Redactor): RedactLetter {
  return (letter) => {
    const { rejection } = letter;
    // One that killed its process was being parsed: this one must not die of it, too.
    const record = redactor.record(letter.record, rejection.code === 'process_killed');
    const field = redactor.text(rejection.field);
    const detail = redactor.text(rejection.detail);
    if (record === letter.record && field === rejection.field && detail === rejection.detail) return letter;
    return { ...letter, record, rejection: { ...rejection, field, detail } };
  };
}
