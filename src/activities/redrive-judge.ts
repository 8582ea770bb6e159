import { PipelineError } from '../domain/errors';
import { refusedParts } from '../domain/message-parts';
import { notAsMany } from '../domain/redrive';
import type { KafkaRecord, Rejection, SeveralRecords } from '../domain/record';
import { scoreRecord } from '../scoring/score-record';
import type { ScoringRules } from '../scoring/rules';
import type { DecodeRecord, HeldDocuments, RecordIndex } from './ports';
import type { HeldLetter } from './redrive-ports';
import type { ScoredMessage } from './redrive-write';

interface JudgeDeps {
  decode: DecodeRecord;
  rules: ScoringRules;
  index: Pick<RecordIndex, 'holds'>;
}

/**
 * What of a letter's message would be indexed now, or why nothing would. Of one with several log records, what has its
 * document is left as it is.
 *
 * @param record the message as Kafka had it; absent where an edited body is all there is
 * @param editedBody the bytes that are decoded instead
 */
export async function judgeMessage(
  letter: HeldLetter,
  record: KafkaRecord | undefined,
  editedBody: Buffer | undefined,
  deps: JudgeDeps,
): Promise<ScoredMessage | Rejection | 'foreign'> {
  const { timestamp, offset, parts } = letter;
  const edited = editedBody !== undefined;
  const source: KafkaRecord = { offset, timestamp, key: record?.key ?? null, value: editedBody ?? record!.value };
  const decoded = deps.decode(source);
  if (decoded.kind === 'rejected') return decoded.rejection;
  if (decoded.kind === 'filtered') return { code: 'empty_value', field: '', detail: 'the record has no bytes' };
  const otherCount = edited && parts !== undefined && (decoded.kind === 'several' ? decoded.parts.length : 1) !== parts;
  if (otherCount) return notAsMany(parts);
  if (decoded.kind === 'record') {
    const anomaly = scoreRecord(decoded.record, deps.rules);
    return { of: 1, records: [{ source, decoded, anomaly, edited }], refused: [] };
  }
  const held = await findHeld(letter, record ?? source, decoded.parts.length, deps.index);
  if (held === 'foreign') return held;
  return scoreParts(source, decoded, held, edited, deps.rules);
}

async function findHeld(
  letter: HeldLetter,
  record: KafkaRecord,
  of: number,
  index: JudgeDeps['index'],
): Promise<HeldDocuments | undefined | 'foreign'> {
  try {
    return (await index.holds(letter, [record], [of])).get(letter.offset);
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'foreign_document') return 'foreign';
    throw error;
  }
}

function scoreParts(
  source: KafkaRecord,
  { parts }: SeveralRecords,
  held: HeldDocuments | undefined,
  edited: boolean,
  rules: ScoringRules,
): ScoredMessage {
  const of = parts.length;
  const isHeld = (part: number) => held?.parts.has(part) === true;
  const records = parts.flatMap((decoded, part) => {
    if (decoded.kind === 'rejected' || isHeld(part)) return [];
    return [{ source, decoded, anomaly: scoreRecord(decoded.record, rules), place: { part, of }, edited }];
  });
  return { of, records, refused: refusedParts(parts).filter(({ part }) => !isHeld(part)) };
}
