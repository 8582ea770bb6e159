import fc from 'fast-check';
import { query } from './random-queries';

const pieces = fc.constantFrom(
  ...[
    'AND',
    'OR',
    'NOT',
    '-',
    '!',
    '|',
    '(',
    ')',
    '"',
    ':',
    '*',
    '\\',
    ' ',
    '..',
    '>=',
    '<',
    'now-1d',
    '5xx',
    '/.*/',
    '~2',
    '^3',
  ],
  ...[
    'level',
    'error',
    'status_code',
    'attributes.',
    'message',
    '_exists_',
    '_id',
    '{',
    '}',
    '[1 TO 2]',
    '\u0000',
    '💥',
    '\ud800',
  ],
);
/** Text that is a query, nearly one, or none at all. */
export const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
  fc.array(fc.oneof(pieces, query), { maxLength: 6 }).map((parts) => parts.join(' ')),
);
