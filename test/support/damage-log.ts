import { openSync, closeSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolderOf } from '../../local/private-servers/private-servers';
import { AT, BEFORE_LENGTH_ENDS } from '../../src/kafka/record-batch';
import { testServers } from './servers';

/** Where a batch lies in the log of its partition on the broker's disk. */
export interface StoredBatch {
  baseOffset: number;
  lastOffset: number;
  at: number;
  length: number;
}

/** The log of a partition of the test broker, to be damaged as a disk damages it: the broker sends what is in the file. */
export class StoredLog {
  readonly #file: string;

  constructor(topic: string, partition = 0) {
    const folder = join(dataFolderOf(testServers(), 'kafka'), 'log', `${topic}-${partition}`);
    this.#file = join(folder, `${'0'.padStart(20, '0')}.log`);
  }

  batches(): StoredBatch[] {
    const bytes = readFileSync(this.#file);
    const found: StoredBatch[] = [];
    for (let at = 0; at + AT.records <= bytes.length;) {
      const length = BEFORE_LENGTH_ENDS + bytes.readInt32BE(at + AT.length);
      const baseOffset = Number(bytes.readBigInt64BE(at));
      found.push({ baseOffset, lastOffset: baseOffset + bytes.readInt32BE(at + AT.lastOffsetDelta), at, length });
      at += length;
    }
    return found;
  }

  /** Flips bits of a byte; doing it again mends it. @param place of the byte in its batch; counted from its end when negative */
  flip({ at, length }: StoredBatch, place: number, bits = 255): void {
    const position = at + (place < 0 ? length + place : place);
    const [byte] = readFileSync(this.#file).subarray(position);
    const file = openSync(this.#file, 'r+');
    writeSync(file, Buffer.from([byte! ^ bits]), 0, 1, position);
    closeSync(file);
  }
}
