/** A value that is JSON already, and goes into an answer as it is. */
export class JsonText<T = unknown> {
  /** @param text valid JSON of one value */
  constructor(readonly text: string) {}

  /** For whoever writes it as a part of something else. */
  toJSON(): T {
    return JSON.parse(this.text) as T;
  }
}

/** The value itself. */
export function parsed<T>(value: T | JsonText<T>): T {
  return value instanceof JsonText ? value.toJSON() : value;
}

/** The JSON of an answer, which may be a text of it, or have some for members. */
export function toJson(body: object): string {
  if (body instanceof JsonText) return body.text;
  const texts = Object.entries(body).filter((member): member is [string, JsonText] => member[1] instanceof JsonText);
  if (texts.length === 0) return JSON.stringify(body);
  const others = JSON.stringify(
    Object.fromEntries(Object.entries(body).filter(([, one]) => !(one instanceof JsonText))),
  );
  const members = texts.map(([name, { text }]) => `${JSON.stringify(name)}:${text}`).join(',');
  return `${others.slice(0, -1)}${others === '{}' ? '' : ','}${members}}`;
}
