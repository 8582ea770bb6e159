/** A pipeline file that cannot be used: every problem at once, a line each, with its place in the file. */
export class PipelineFileError extends Error {
  override readonly name = 'PipelineFileError';

  constructor(
    readonly file: string,
    readonly problems: readonly string[],
  ) {
    super(`bad pipeline file:\n  ${problems.map((one) => `${file}${one}`).join('\n  ')}`);
  }
}
