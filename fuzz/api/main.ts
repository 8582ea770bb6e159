import { parseArgs } from 'node:util';
import { localFolder } from '../../local/local-folder';
import startServers from '../../test/support/start-servers';
import stopServers from '../../test/support/stop-servers';
import { prepareSchemathesis } from './python';
import { runSchemathesis } from './run-schemathesis';
import { startFuzzedApi } from './stack';

/**
 * `npm run fuzz:api -- [--examples 100] [--seed 1] [--max-seconds 1800]`: the API on real servers against what its own
 * description makes schemathesis think of. Ends with 1 when an answer was not as described.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      examples: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      'max-seconds': { type: 'string', default: '1800' },
    },
  });
  const program = await prepareSchemathesis(localFolder(process.env));
  await startServers();
  try {
    const api = await startFuzzedApi();
    try {
      const run = {
        examples: Number(values.examples),
        seed: Number(values.seed),
        maxSeconds: Number(values['max-seconds']),
        phases: 'examples,coverage,fuzzing,stateful',
      };
      const faults = await runSchemathesis(program, api, run, (text) => void process.stdout.write(text));
      process.stdout.write(`fuzz:api: ${faults === undefined ? 'nothing wrong' : 'WRONG'}, seed ${run.seed}\n`);
      process.exitCode = faults === undefined ? 0 : 1;
    } finally {
      await api.stop();
    }
  } finally {
    await stopServers();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`fuzz:api: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
