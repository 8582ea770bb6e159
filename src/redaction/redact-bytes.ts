import { isUtf8 } from 'node:buffer';
import { isJson, redactJson } from './redact-json';
import type { TextRedactor } from './redact-text';
import type { RedactionSettings } from './rules';
import type { SecretNames } from './secret-names';

/** Larger bytes are no record that can be indexed, and are redacted as text. */
const MAX_JSON_BYTES = 2 * 1024 * 1024;

/**
 * Redacts bytes whatever they are, JSON by its strings; the same buffer where nothing is found. With `asText` nothing is
 * parsed: names and their values are then found as text has them.
 */
export function createByteRedactor(
  settings: RedactionSettings,
  names: SecretNames,
  texts: TextRedactor,
): (value: Buffer, asText?: boolean) => Buffer {
  return (value, asText = false) => {
    const json = asText ? undefined : asJson(value);
    if (json !== undefined) {
      const shown = redactJson(json, texts, names, settings);
      return shown === json ? value : Buffer.from(shown, 'utf8');
    }
    // A character is a byte: whatever the encoding is, what is not redacted stays.
    const text = unescaped(value.toString('latin1'));
    const shown = texts.text(text);
    return shown === text ? value : Buffer.from(shown, 'latin1');
  };
}

/** The text of a JSON object or list; undefined for any other bytes. */
function asJson(value: Buffer): string | undefined {
  if (value.length > MAX_JSON_BYTES || !/^\s*[[{]/.test(value.toString('latin1', 0, 64)) || !isUtf8(value)) {
    return undefined;
  }
  const text = value.toString('utf8');
  return isJson(text) ? text : undefined;
}

/** With JSON's escapes of plain characters undone, but those that would end a string: so what they hide is found. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u00([2-7][0-9a-f])|\/)/gi, (escape, hex: string | undefined) => {
    const character = hex === undefined ? '/' : String.fromCharCode(parseInt(hex, 16));
    return character === '"' || character === '\\' ? escape : character;
  });
}
