import { createHash } from 'node:crypto';
import { plainRecord, type KafkaRecord } from '../domain/record';
import { createByteRedactor } from './redact-bytes';
import { createTextRedactor, type OnRedacted } from './redact-text';
import { keyedHash, replacementAt } from './replacement';
import type { RedactionSettings } from './rules';
import { createSecretNames } from './secret-names';
import { createTriggerScan, type TriggerScan } from './trigger-scan';

/** Raised whenever the code finds or replaces otherwise than before: documents then change. */
const REDACTION_VERSION = 2;

/**
 * Takes secrets out of what others wrote. Pure, and never throws. What it has put in a secret's place stays as it is when it
 * is met again, but where JSON stands in strings in strings: there a second time may take more.
 */
export interface Redactor {
  /** True when the bytes need a closer look; false only for bytes that {@link bytes} would give back. */
  suspects: TriggerScan;
  /** The bytes without secrets, JSON by its strings and any other bytes as text; the same buffer where there is none. */
  bytes(value: Buffer): Buffer;
  /** The text without secrets. */
  text(text: string): string;
  /**
   * The record without secrets in key, value and headers; the same object where there is none.
   *
   * @param asText parses nothing of it: for a record that is known to kill who parses it
   */
  record(record: KafkaRecord, asText?: boolean): KafkaRecord;
  /** What decides how a text is redacted, as 16 hex digits. Tells nothing of the key. */
  fingerprint: string;
}

/** @param suspects the scan of these settings, or a faster one that is true for at least the same */
export function createRedactor(
  settings: RedactionSettings,
  onRedacted: OnRedacted = () => undefined,
  suspects: TriggerScan = createTriggerScan(settings),
): Redactor {
  const names = createSecretNames(settings);
  const texts = createTextRedactor(settings, names, onRedacted);
  const redactBytes = createByteRedactor(settings, names, texts);

  function bytes(value: Buffer, asText = false): Buffer {
    return suspects(value) ? redactBytes(value, asText) : value;
  }

  function header(name: string, value: Buffer): Buffer {
    if (value.length === 0 || names.judge(name, name) === 'plain') return bytes(value);
    const text = value.toString('utf8');
    return replacementAt(text, 0) === text.length ? value : Buffer.from(texts.value('field', text));
  }

  return {
    suspects,
    bytes: (value) => bytes(value),
    text: (text) => texts.text(text),
    record(record, asText) {
      // Asked for once: a record that was fetched makes them anew each time.
      const { key, value, headers } = record;
      const shownKey = key && bytes(key);
      const shownValue = value && bytes(value, asText);
      const shownHeaders = headers && redactHeaders(headers, header);
      if (shownValue === value && shownKey === key && shownHeaders === headers) return record;
      return plainRecord(record, {
        key: shownKey,
        value: shownValue,
        ...(shownHeaders ? { headers: shownHeaders } : {}),
      });
    },
    fingerprint: fingerprintOf(settings),
  };
}

type Headers = NonNullable<KafkaRecord['headers']>;

/** Names and values; the same object where nothing is to be hidden. */
function redactHeaders(headers: Headers, redactValue: (name: string, value: Buffer) => Buffer): Headers {
  const entries = Object.entries(headers);
  let changed = false;
  const shown = entries.map(([name, values]) => {
    const some = values === undefined ? [] : [values].flat().map((value) => Buffer.from(value));
    const after = some.map((value) => redactValue(name, value));
    const shownName = redactValue('', Buffer.from(name)).toString();
    changed ||= shownName !== name || after.some((value, position) => value !== some[position]);
    return [shownName, after.length === 1 ? after[0] : after] as const;
  });
  // fromEntries defines own properties, so a header named __proto__ stays one.
  return changed ? Object.fromEntries(shown) : headers;
}

function fingerprintOf({ rules, fields, key }: RedactionSettings): string {
  const parts = [REDACTION_VERSION, [...rules].sort(), [...fields].sort(), key && keyedHash(key, 'sluice')];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
