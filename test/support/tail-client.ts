import { get, type IncomingMessage } from 'node:http';

export interface TailEvent {
  name: string;
  id: string;
  data: Record<string, unknown>;
}

/** A client of GET /logs/stream that keeps what it got, and connects anew with the id of the last event. */
export class TailClient {
  readonly events: TailEvent[] = [];
  lastId = '';
  connections = 0;
  status = 0;
  #answer: IncomingMessage | undefined;
  #request: ReturnType<typeof get> | undefined;
  #buffer = '';

  /** @param headers to send with each connection */
  constructor(
    public url: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  /** Ids of the logs, in the order in which they came. */
  get ids(): string[] {
    return this.named('log').map(({ data }) => String(data['id']));
  }

  named(name: string): TailEvent[] {
    return this.events.filter((event) => event.name === name);
  }

  /** @returns a promise of the end of the answer */
  connect(): Promise<void> {
    this.connections += 1;
    this.#buffer = '';
    const headers = { ...this.headers, ...(this.lastId === '' ? {} : { 'Last-Event-ID': this.lastId }) };
    return new Promise((resolve) => {
      this.#request = get(this.url, { headers, agent: false }, (answer) => {
        this.#answer = answer;
        this.status = answer.statusCode!;
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => this.#read(text));
        answer.on('error', () => undefined);
        answer.on('close', resolve);
      });
      this.#request.on('error', () => resolve());
    });
  }

  leave(): void {
    this.#request?.destroy();
    this.#answer?.destroy();
  }

  /** Reads nothing more until {@link resume}. */
  pause(): void {
    this.#answer!.pause();
  }

  resume(): void {
    this.#answer!.resume();
  }

  #read(text: string): void {
    this.#buffer += text;
    for (let end = this.#buffer.indexOf('\n\n'); end >= 0; end = this.#buffer.indexOf('\n\n')) {
      const lines = this.#buffer.slice(0, end).split('\n');
      this.#buffer = this.#buffer.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      this.lastId = field('id') ?? this.lastId;
      const data = field('data');
      if (data === undefined) continue;
      this.events.push({ name: field('event')!, id: this.lastId, data: JSON.parse(data) as TailEvent['data'] });
    }
  }
}
