import { PipelineError } from '../domain/errors';
import { shownParts } from '../domain/message-parts';
import type { Rejection } from '../domain/record';
import { newestReason } from '../domain/redrive';
import type { HeldDocuments, RecordIndex } from './ports';
import type { HeldLetter, LetterChange, RedriveLetters } from './redrive-ports';

/** What an operation leaves in the letters that it takes hold of. */
export interface Mark {
  operation: string;
  epoch: number;
  edited: boolean;
}

interface ClaimDeps {
  redriveLetters: RedriveLetters;
  index: RecordIndex;
}

/** Somebody else may change a letter between our look and our write; then we look again, this often at most. */
const MAX_ROUNDS = 10;

/** Takes hold of letters before anything is written of them; those that somebody else was faster to take are left out. */
export async function claimLetters<T extends { letter: HeldLetter }>(
  items: T[],
  { operation, edited }: Mark,
  { redriveLetters }: ClaimDeps,
  onTaken: () => void,
): Promise<T[]> {
  // One that was left behind may have its edited document already: it stays marked as such.
  const setOf = (letter: HeldLetter) =>
    ({ state: 'redriving', operation, edited: edited || letter.edited }) satisfies LetterChange['set'];
  const claimed: T[] = [];
  let open = items;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS) throw keepChanging();
    const versions = await redriveLetters.change(open.map(({ letter }) => ({ letter, set: setOf(letter) })));
    const behind: T[] = [];
    open.forEach((item, position) => {
      const version = versions[position];
      if (version) claimed.push({ ...item, letter: { ...item.letter, ...setOf(item.letter), ...version } });
      else behind.push(item);
    });
    const now = new Map((await redriveLetters.load(behind.map(({ letter }) => letter))).map((one) => [one.id, one]));
    open = behind.flatMap((item) => {
      const letter = now.get(item.letter.id);
      // A pipeline that meets the record touches its letter, too: that alone takes it from nobody.
      const isFree = letter?.state === 'open' || (letter?.state === 'redriving' && letter.operation === operation);
      if (letter && isFree) return [{ ...item, letter: { ...letter, record: item.letter.record } }];
      onTaken();
      return [];
    });
  }
  return claimed;
}

/** Letters whose records have their documents now, so many of each. */
export async function settleLetters(
  settled: { letter: HeldLetter; documents: number }[],
  { operation, epoch, ...mark }: Mark,
  deps: ClaimDeps,
): Promise<void> {
  const documents = new Map(settled.map(({ letter, documents: count }) => [letter.id, count]));
  const letters = settled.map(({ letter }) => letter);
  await changeMine(letters, { operation, epoch, ...mark }, deps, async (letter) => {
    return { letter, set: { state: 'redriven', operation, epoch, ...documentsIn(documents.get(letter.id)!) } };
  });
}

/** One document goes without saying. */
function documentsIn(documents: number): { documents?: number } {
  return documents === 1 ? {} : { documents };
}

/**
 * Letters whose records were refused again: open, with the newest reason. Unless there is a document all the same, from
 * a pipeline that met the record meanwhile: then the letter is resolved, so that no record is both. Of a message with
 * several log records the letter says how many have their documents by now.
 */
export async function putBack(
  refused: { letter: HeldLetter; rejection: Rejection }[],
  mark: Mark,
  deps: ClaimDeps,
): Promise<void> {
  const rejections = new Map(refused.map(({ letter, rejection }) => [letter.id, rejection]));
  const letters = refused.map(({ letter }) => letter);
  await changeMine(letters, mark, deps, async (letter) => {
    const { operation, epoch } = mark;
    const rejection = rejections.get(letter.id)!;
    const of = rejection.parts?.total ?? letter.parts;
    const held = await findHeld(letter, of, deps.index);
    if (held && held.parts.size === held.of) {
      return { letter, set: { state: 'resolved', operation, edited: false, ...documentsIn(held.of) } };
    }
    const reason = newestReason(letter.reason, rejection);
    const attempts = letter.attempts + 1;
    // Documents of an edited body may be among those of a message with several log records.
    const edited = of !== undefined && letter.edited;
    const documents = of === undefined || !letter.record ? {} : { documents: held?.parts.size ?? 0 };
    const set = { operation, epoch, edited, attempts, reason: bounded(reason), ...shownParts(rejection), ...documents };
    return { letter, set: { state: 'open', ...set } };
  });
}

async function findHeld(
  letter: HeldLetter,
  of: number | undefined,
  index: RecordIndex,
): Promise<HeldDocuments | undefined> {
  const { record } = letter;
  if (!record) return undefined;
  try {
    return (await index.holds(letter, [record], [of])).get(letter.offset);
  } catch (error) {
    // Another record's document is none of this letter's.
    if (error instanceof PipelineError && error.code === 'foreign_document') return undefined;
    throw error;
  }
}

/** Changes letters of ours; one that changed meanwhile is looked at again, and left alone when it is no longer ours. */
async function changeMine(
  letters: HeldLetter[],
  { operation }: Mark,
  { redriveLetters }: ClaimDeps,
  changeOf: (letter: HeldLetter) => Promise<LetterChange>,
): Promise<void> {
  let open = letters;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS) throw keepChanging();
    const versions = await redriveLetters.change(await Promise.all(open.map(changeOf)));
    const behind = open.filter((_letter, position) => versions[position] === undefined);
    const found = await redriveLetters.load(behind);
    open = found.filter(({ state, operation: holder }) => state === 'redriving' && holder === operation);
  }
}

function keepChanging(): PipelineError {
  return new PipelineError('elasticsearch_unavailable', 'dead letters keep changing');
}

const MAX_DETAIL = 2000;

function bounded({ code, field, detail }: Rejection): Rejection {
  return { code, field: field.slice(0, 500), detail: detail.slice(0, MAX_DETAIL) };
}
