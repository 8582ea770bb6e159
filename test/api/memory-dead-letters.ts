import { verdictOf } from '../../src/api/dead-letters/decode-verdict';
import type { DeadLetterDesk, FoundLetterDocument, RedriveStatus } from '../../src/api/dead-letters/ports';
import type { NewLetter } from '../../src/activities/ports';
import { noLetters, type LetterFilter } from '../../src/domain/dead-letter';
import { defaultRedactor } from '../support/redaction';
import { decodeRecord } from '../../src/kafka/decode-record';
import { MemoryLetters, MemoryRedrives } from '../support/memory-letters';

/** Dead letters in memory behind the API's ports, and the redrives that were started. */
export function createMemoryDesk() {
  const letters = new MemoryLetters();
  const orders = new MemoryRedrives();
  const started = new Map<string, RedriveStatus>();
  const found = (id: string): FoundLetterDocument | undefined => {
    const letter = letters.letters.get(id);
    return letter && { id, index: letter.index, document: letter.document };
  };
  const select = async (filter: LetterFilter) => {
    const places = await letters.page(filter, undefined, Infinity);
    return places.map(({ id }) => found(id)!).reverse();
  };
  const desk: DeadLetterDesk = {
    search: {
      async list({ filter, size, after }) {
        const all = await select(filter);
        const behind = all.filter(({ document }) => !after || document.offset < after[3]);
        const byState = noLetters();
        for (const { document } of all) byState[document.state] += 1;
        const reasons = new Set(all.map(({ document }) => document.reason.code));
        const last = behind.length > size ? behind[size - 1]!.document : undefined;
        return {
          ...{ total: { value: all.length, relation: 'eq' }, tookMs: 1, partial: false },
          letters: behind.slice(0, size),
          byState,
          byReason: [...reasons].map((reason) => ({
            reason,
            count: all.filter(({ document }) => document.reason.code === reason).length,
          })),
          next: last && [Date.parse(last.dead_lettered_at), last.generation, last.partition, last.offset],
        };
      },
      get: async (id) => found(id),
      count: async (filter) => (await select(filter)).length,
    },
    letters,
    orders: {
      read: (operation) => orders.read(operation),
      write: async (order) => void orders.orders.set(order.operation, order),
    },
    workflows: {
      start: async (_topic, operation) => void started.set(operation, 'running'),
      status: async (operation) => started.get(operation) ?? 'not_started',
      cancel: async (operation) => started.has(operation),
    },
    decode: (record) => verdictOf(decodeRecord(record)),
    redact: (body) => defaultRedactor().bytes(body),
    decodeApart: async (record) => verdictOf(decodeRecord(record)),
    retention: { retentionDays: 36_500 },
  };
  const add = (some: Partial<NewLetter>[]) =>
    letters.create(
      some.map((letter) => ({
        ...{ topic: 'logs', generation: 1, partition: 0, epoch: 1 },
        rejection: { code: 'invalid_json', field: '', detail: 'no JSON' },
        ...letter,
        record: letter.record!,
      })),
    );
  return { desk, letters, orders, started, add };
}
