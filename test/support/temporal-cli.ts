import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The real `temporal` binary against the server of the integration tests, as an operator uses it; what it prints. */
export async function temporal(...args: string[]): Promise<string> {
  const address = process.env['SLUICE_TEST_TEMPORAL_ADDRESS']!;
  return (await run(process.env['SLUICE_TEMPORAL_CLI']!, [...args, '--address', address])).stdout;
}
