import type { RejectionCode } from '../domain/record';

/** What to do so that a record like this one is no dead letter. */
export const LETTER_ADVICE: Record<RejectionCode, string> = {
  invalid_json:
    'send JSON objects in UTF-8, or allow text on the topic with LOG_FORMATS=auto,text; `sluice send --service NAME` sends text that any topic takes',
  not_an_object:
    'send an object per message, or allow text on the topic with LOG_FORMATS=auto,text; `sluice send --service NAME` sends text that any topic takes',
  missing_field:
    'send the field that is missing; an object without `service` has to be of a format that the topic allows (LOG_FORMATS)',
  invalid_field: 'send the field in the form that is wanted',
  invalid_name: 'send names of at most 512 characters, without zero characters',
  duplicate_key: 'send each key once: which of the two is meant nobody can tell',
  empty_value: 'send no messages without bytes',
  too_large: 'send at most 1 MiB per message',
  too_deep: 'send at most 16 levels, or what is deeper as text',
  too_many_fields: 'send at most 1,000 fields, or the rest of them as text',
  mapping_rejected: "look at the index: its mapping differs from Sluice's",
  several_records: 'send at most 5,000 log records per message: set the batch size of the exporter lower',
  rejected_parts: 'mend the log records that are named; the others have their documents',
  process_killed: 'report the record: its decoding ended the process',
};
