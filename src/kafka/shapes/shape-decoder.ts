import { isAscii, isUtf8 } from 'node:buffer';
import type { KafkaRecord, LogRecord } from '../../domain/record';
import { namesCorrelation } from '../../formats/correlation';
import { exampleOf } from './example';
import { learn, type Parse } from './learn';
import type { Leaf } from './leaves';
import { readByPlan, type Plan } from './plan';
import { ShapeTree } from './shape-tree';

/** Longer records are few, and most of what they cost is not the parsing. */
const MAX_BYTES = 16 * 1024;
/** The end of the year 9999: what is later is left to the parser. */
const LAST_TIME = 253_402_300_799_999;
const MAX_LEAVES = 128;
/** Plans and refusals of all shapes. When there are more, all are forgotten and learned anew. */
const MAX_LEARNED = 1000;
/** Of one shape, by what its values are. */
const MAX_PLANS_OF_SHAPE = 8;
/** To learn a shape costs as much as parsing twenty records: so often at once, and then once every so many records. */
const LESSONS_AT_ONCE = 300;
const RECORDS_PER_LESSON = 50;
/** The same after many lessons in a row of which nothing came. */
const MAX_RECORDS_PER_LESSON = 10_000;

/** Decodes records of shapes that were met before, with the parser's answers and without its cost. */
export class ShapeDecoder {
  readonly #tree = new ShapeTree();
  #learned = 0;
  /** Lessons that may be taken now. */
  #lessons = LESSONS_AT_ONCE;
  #recordsPerLesson = RECORDS_PER_LESSON;

  /** @param parse the parser, by which shapes are learned */
  constructor(private readonly parse: Parse) {}

  /** @returns undefined when the record has to be parsed */
  decode(record: KafkaRecord): ReturnType<typeof readByPlan> {
    const { value } = record;
    this.#lessons = Math.min(LESSONS_AT_ONCE, this.#lessons + 1 / this.#recordsPerLesson);
    if (value === null || value.length > MAX_BYTES) return undefined;
    const met = this.#tree.find(value);
    if (!met || met.shape.plans.length === 0) return undefined;
    if (!isAscii(value) && !isUtf8(value)) return undefined;
    if (!(record.timestamp >= 0 && record.timestamp <= LAST_TIME)) return undefined;
    const { headers } = record;
    if (headers !== undefined && namesCorrelation(headers)) return undefined;
    for (const plan of met.shape.plans) {
      const read = readByPlan(plan, value, met.spans, record.timestamp);
      if (read) return read;
    }
    return undefined;
  }

  /** Learns from a record that was parsed, into the document `parsed`, because {@link decode} did not know it. */
  learn(record: KafkaRecord, parsed: LogRecord): void {
    const { value, headers } = record;
    if (value === null || value.length > MAX_BYTES || this.#lessons < 1) return;
    const met = this.#tree.find(value);
    if (met && (met.shape.refused || met.shape.plans.length === MAX_PLANS_OF_SHAPE)) return;
    if (headers !== undefined && namesCorrelation(headers)) return;
    const example = exampleOf(record, parsed);
    if (!example || example.leaves.length > MAX_LEAVES) return;
    this.#lessons -= 1;
    const { leaves, classes } = example;
    const plan = classes && learn(record, parsed, { ...example, classes }, this.parse);
    const isNew = this.#keep(value, leaves, plan);
    this.#recordsPerLesson = isNew ? RECORDS_PER_LESSON : Math.min(MAX_RECORDS_PER_LESSON, this.#recordsPerLesson * 2);
  }

  /** @returns whether something is known that was not before */
  #keep(value: Buffer, leaves: readonly Leaf[], plan: Plan | undefined): boolean {
    if (this.#learned === MAX_LEARNED) {
      this.#tree.clear();
      this.#learned = 0;
    }
    const shape = this.#tree.add(value, leaves);
    if (shape.refused) return false;
    if (plan) shape.plans.push(plan);
    else shape.refused = shape.plans.length === 0;
    this.#learned += 1;
    return true;
  }
}
