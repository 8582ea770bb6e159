/** Every exit code of the command, as docs/cli.md explains them. */
export const EXIT = {
  ok: 0,
  /** The API has answered with a problem, what was waited for has failed, or `send` has left lines out. */
  problem: 1,
  usage: 2,
  /** Nothing answers at the address, or it is not Sluice's API; for `send`: Kafka. */
  unreachable: 3,
  /** An audit has ended, and has found differences. */
  differences: 4,
  /** `--wait` ended before the state was reached. */
  waitedTooLong: 5,
  /** A mistake in the command itself. */
  internal: 70,
  /** Ctrl-C, or a signal to end. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What ends the command with a message that says what to do. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    /** The API's own answer, which `--json` prints. */
    readonly answer?: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
  }
}
