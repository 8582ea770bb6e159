import type { ReplayDelivery, ReplayDesk, ReplayReading } from '../../src/api/replays/ports';
import { MemoryIndex } from '../support/memory-index';
import { MemoryLetters } from '../support/memory-letters';
import { MemoryReplays } from '../support/memory-replays';
import { MemorySource } from '../support/memory-source';

/** Replays in memory behind the API's ports, with workflows that say what a test tells them to. */
export function createMemoryReplayDesk() {
  const store = new MemoryReplays(new MemorySource(), new MemoryIndex(), new MemoryLetters());
  const sent: { id: string; message: string; note: object }[] = [];
  const says: { reading: ReplayReading; delivery: ReplayDelivery } = {
    reading: { execution: 'missing' },
    delivery: { kind: 'missing' },
  };
  const desk: ReplayDesk = {
    store,
    workflows: {
      start: (topic, id) => store.start(topic, id),
      read: async () => says.reading,
      send: async (_topic, id, message, note) => {
        sent.push({ id, message, note });
        return says.delivery;
      },
    },
  };
  return { desk, store, sent, says };
}
