import { MemoryIndex } from '../support/memory-index';
import { MemoryLetters } from '../support/memory-letters';
import { MemoryDeadLetters, MemoryMirror, MemoryRetention } from '../support/memory-ports';
import { MemorySource } from '../support/memory-source';
import { kafkaRecord } from '../support/records';
import { describeBatchSource } from './batch-source';
import { describeDeadLetters, describeIndexRetention, describeProgressMirror } from './keepers';
import { describeLetterIndex } from './letter-index';
import { describeRecordIndex } from './record-index';

const close = async () => undefined;

describeBatchSource('in memory', async () => {
  const source = new MemorySource();
  return {
    source,
    append: async (...values) => source.append(0, ...values.map((value) => kafkaRecord(value))),
    deleteBefore: async (offset) => source.deleteBefore(0, offset),
    close,
  };
});

describeRecordIndex('in memory', async () => {
  const index = new MemoryIndex();
  return {
    index,
    find: async (name, id) => {
      const found = index.documents.get(`${name}/${id}`);
      return found && { version: found.version, message: found.source['message'] };
    },
    close,
  };
});

describeDeadLetters('in memory', async () => {
  const letters = new MemoryDeadLetters();
  const read = async () =>
    [...letters.letters].map(([id, { record, rejection }]) => ({
      id,
      value: record.value && String(record.value),
      code: rejection.code,
    }));
  return { letters, read, close };
});

describeProgressMirror('in memory', async () => {
  const mirror = new MemoryMirror();
  return { mirror, committed: async (partition) => mirror.commits.get(partition), close };
});

describeIndexRetention('in memory', async () => {
  const names = new Set<string>();
  return {
    retention: new MemoryRetention(names),
    create: async (suffixes) => suffixes.forEach((suffix) => names.add(`logs-${suffix}`)),
    left: async () => [...names].map((name) => name.slice('logs-'.length)),
    close,
  };
});

describeLetterIndex('in memory', async () => {
  const letters = new MemoryLetters();
  return {
    letters,
    stored: async (id) => letters.letters.get(id)?.document,
    change: async (id, change) => letters.alter(id, change),
    refresh: close,
    close,
  };
});
