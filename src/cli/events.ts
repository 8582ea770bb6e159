/** One server-sent event. */
export interface ServerEvent {
  name: string;
  data: string;
}

/** Reads server-sent events out of pieces of text, wherever those are cut. */
export class EventReader {
  /** Of the last event, or of a comment since: where to go on. */
  lastId: string | undefined;
  /** What the server asks to wait before connecting anew, in milliseconds. */
  retryMs: number | undefined;
  #rest = '';
  #name = '';
  #data: string[] = [];

  constructor(lastId: string | undefined) {
    this.lastId = lastId;
  }

  push(text: string): ServerEvent[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    return lines.flatMap((line) => this.#line(line.replace(/\r$/, '')));
  }

  #line(line: string): ServerEvent[] {
    if (line === '') {
      const event = { name: this.#name || 'message', data: this.#data.join('\n') };
      const told = this.#data.length > 0;
      this.#name = '';
      this.#data = [];
      return told ? [event] : [];
    }
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id') this.lastId = value;
    else if (field === 'retry' && /^\d{1,7}$/.test(value)) this.retryMs = Number(value);
    return [];
  }
}
