import type { OffsetString } from '../domain/offsets';
import type { CommitMetadata, Hold } from '../workflows/contract';
import type { ProgressMirror } from './ports';

export interface CommitInput {
  partition: number;
  next: OffsetString;
  metadata: CommitMetadata;
}

/** What Kafka keeps of a commit's metadata. */
const MAX_METADATA_BYTES = 4096;
/** Characters kept of why something is held and by whom: as many as there is room for. */
const NOTE_LENGTHS = [500, 200, 80, 20, 0];

/** The mirror: commits the progress to the Kafka group, with the ledger up to that offset as metadata. */
export function createCommitOffset(deps: { mirror: ProgressMirror }) {
  return async function commitOffset({ partition, next, metadata }: CommitInput): Promise<void> {
    await deps.mirror.commit(partition, next, fitMetadata(metadata));
  };
}

/** The metadata as text of at most 4,096 bytes: explanations are cut before anything that counts is lost. */
export function fitMetadata(metadata: CommitMetadata): string {
  const { holds } = metadata;
  if (!holds) return JSON.stringify(metadata);
  const texts = NOTE_LENGTHS.map((length) =>
    JSON.stringify({ ...metadata, holds: { ...holds, own: cut(holds.own, length), topic: cut(holds.topic, length) } }),
  );
  return texts.find((text) => Buffer.byteLength(text) <= MAX_METADATA_BYTES) ?? texts.at(-1)!;
}

function cut(hold: Hold | undefined, length: number): Hold | undefined {
  if (!hold) return undefined;
  const { reason, actor, ...rest } = hold;
  const shorten = (text: string | undefined) => text?.slice(0, length) || undefined;
  return { ...rest, reason: shorten(reason), actor: shorten(actor) };
}
