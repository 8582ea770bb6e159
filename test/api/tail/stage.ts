import type { Readable } from 'node:stream';
import { Problem } from '../../../src/api/problem';
import type { LogFilter } from '../../../src/api/logs/ports';
import type { Account, LedgerReading, PartitionReading } from '../../../src/api/tail/read-ledgers';
import { documentId } from '../../../src/domain/ids';
import { createLogger } from '../../../src/logger';
import { generateLogs, type StoredDocument } from '../generated-logs';
import { createMemoryTailSource } from '../memory-tail-source';

export const everything: LogFilter = { where: { kind: 'all' } };
export const silent = createLogger('test', 'silent');

const [sample] = generateLogs(1, 'logs');

export function logAt(partition: number, offset: number, generation = 1, service = 'auth'): StoredDocument {
  const log = { ...sample!.log, service, kafka: { ...sample!.log.kafka, partition, offset } };
  return { id: documentId({ generation, partition, offset }), index: 'logs-2026.11.24', log };
}

/** A ledger and an index that a test moves on as a pipeline would. */
export function createStage(documents: readonly StoredDocument[] = []) {
  const source = createMemoryTailSource(documents);
  const partitions = new Map<number, PartitionReading>();
  const stage = {
    source,
    partitions,
    /** Partitions that are there, though nobody may have read their account. */
    listed: undefined as number[] | undefined,
    ends: undefined as Map<number, number> | undefined,
    ledgerDown: false,
    nowMs: 0,
    readLedgers: async (): Promise<LedgerReading> => {
      if (stage.ledgerDown) throw new Problem('pipeline_unavailable', 'Nobody answers.');
      const readings = new Map([...partitions].map(([partition, reading]) => [partition, { ...reading }]));
      return { partitions: stage.listed ?? [...partitions.keys()], readings, ends: stage.ends };
    },
    open(partition: number, account: Partial<Account> = {}): void {
      partitions.set(partition, {
        ...{ generation: 1, first: 0, next: 0, documents: 0, deadLettered: 0, closed: [] },
        ...account,
      });
    },
    /** The pipeline gives so many offsets their fate; logs are searchable when a test says so. */
    book(partition: number, counts: { indexed?: number; deadLettered?: number; filtered?: number }, service = 'auth') {
      const reading = partitions.get(partition)!;
      const { indexed = 0, deadLettered = 0, filtered = 0 } = counts;
      for (let at = 0; at < indexed; at += 1) {
        source.pending.push(logAt(partition, reading.next + at, reading.generation, service));
      }
      for (let at = 0; at < deadLettered; at += 1) {
        const letter = { state: 'open' as const, kept: 0, documents: 0 };
        source.deadLetters.set(`${partition}/${reading.next + indexed + at}`, letter);
      }
      reading.next += indexed + deadLettered + filtered;
      reading.documents += indexed;
      reading.deadLettered += deadLettered;
    },
    /** The topic is created anew. */
    rebind(partition: number): void {
      const { closed, ...account } = partitions.get(partition)!;
      stage.open(partition, { generation: account.generation + 1 });
      partitions.get(partition)!.closed = [...closed, account];
    },
    /** What the refresh of the index would do by itself. */
    async refresh(): Promise<void> {
      await source.refresh();
      source.asked.refresh -= 1;
    },
  };
  return stage;
}

/** Reads a stream of events as they are written. */
export function readEvents(stream: Readable) {
  const seen = { text: '', ended: false };
  stream.on('data', (chunk: Buffer) => (seen.text += chunk.toString()));
  stream.on('close', () => (seen.ended = true));
  return {
    seen,
    events(name?: string) {
      const blocks = seen.text.split('\n\n').slice(0, -1);
      const field = (block: string, key: string) =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${key}: `))
          ?.slice(key.length + 2);
      return blocks
        .filter((block) => field(block, 'data') !== undefined)
        .map((block) => ({
          name: field(block, 'event')!,
          id: field(block, 'id') ?? '',
          data: JSON.parse(field(block, 'data')!) as Record<string, unknown>,
        }))
        .filter((event) => name === undefined || event.name === name);
    },
    logs: function (): string[] {
      return this.events('log').map(({ data }) => {
        const [generation, partition, offset] = String(data['id']).split('-').map(Number);
        return `${generation}/${partition}/${offset}`;
      });
    },
  };
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
