import type { RedactLetter } from '../../src/activities/ports';
import { createRedactor } from '../../src/redaction/redactor';
import { SECRET_RULES, type RedactionSettings } from '../../src/redaction/rules';

/** The redaction as it is unless somebody sets it otherwise. */
export const DEFAULT_REDACTION: RedactionSettings = { rules: SECRET_RULES, fields: [] };

/** For parts that are tried without it. */
export const asItCame: RedactLetter = (letter) => letter;

export const defaultRedactor = () => createRedactor(DEFAULT_REDACTION);
