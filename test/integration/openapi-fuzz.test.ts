import { NoSchemathesisError, prepareSchemathesis } from '../../fuzz/api/python';
import { runSchemathesis } from '../../fuzz/api/run-schemathesis';
import { startFuzzedApi } from '../../fuzz/api/stack';
import { localFolder } from '../../local/local-folder';

const MAX_SECONDS = 40;

/** A short run of `npm run fuzz:api`. */
describe('the API on real servers', () => {
  it(
    'answers what schemathesis makes of its description as it is described',
    async () => {
      const program = await prepareSchemathesis(localFolder(process.env)).catch((error: unknown) => {
        if (!(error instanceof NoSchemathesisError)) throw error;
        process.stderr.write(`LEFT OUT, the API is not fuzzed by its description: ${error.message}\n`);
      });
      if (!program) return;
      const api = await startFuzzedApi();
      try {
        const run = { examples: 2, seed: 1, maxSeconds: MAX_SECONDS, phases: 'examples,coverage,fuzzing' };
        expect(await runSchemathesis(program, api, run)).toBeUndefined();
      } finally {
        await api.stop();
      }
    },
    (MAX_SECONDS + 360) * 1000,
  );
});
