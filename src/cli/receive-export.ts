import type { IncomingMessage } from 'node:http';
import { CliFailure, EXIT } from './failures';
import { LastLine } from './last-line';
import type { Sink } from './save-file';

/** What an export says of itself at its end. */
export interface Account {
  count: number;
  total: number;
  complete: boolean;
  sha256: string;
}

/**
 * Takes an export as it comes, and holds what it took against what its end says. The line about itself is left out.
 *
 * @param seen told how many bytes came
 * @throws CliFailure problem when it was cut, or is not what its checksum says
 */
export async function receiveExport(
  answer: IncomingMessage,
  format: 'ndjson' | 'csv',
  sink: Sink,
  seen: (bytes: number) => void,
): Promise<Account> {
  const lines = format === 'ndjson' ? new LastLine() : undefined;
  try {
    for await (const piece of answer) {
      await sink.write(lines ? lines.push(piece as Buffer) : (piece as Buffer));
      seen(sink.bytes);
    }
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    throw new CliFailure(EXIT.problem, `${CUT} (${(error as Error).message})`, undefined, { cause: error });
  }
  const told = accountIn(lines?.account) ?? accountOf(answer);
  if (!told) throw new CliFailure(EXIT.problem, CUT);
  if (told.sha256 !== sink.sha256())
    throw new CliFailure(EXIT.problem, 'what came is not what was sent: checksums differ');
  return told;
}

const CUT = 'the export ended before its end: what came is a part of it. Try again, or with --background';

function accountIn(line: unknown): Account | undefined {
  return (line as { sluice_export?: Account } | undefined)?.sluice_export;
}

/** What the trailers say; a proxy on the way may have lost them. */
function accountOf({ headers, trailers }: IncomingMessage): Account | undefined {
  const { 'x-sluice-count': count, 'x-sluice-complete': complete, 'x-sluice-sha256': sha256 } = trailers;
  if (count === undefined || sha256 === undefined) return undefined;
  return { count: Number(count), total: Number(headers['x-sluice-total']), complete: complete === 'true', sha256 };
}
