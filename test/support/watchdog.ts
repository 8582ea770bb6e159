import { stopTestServers } from './stop-test-servers';

/**
 * Waits for the end of its standard input, which comes when jest ends in whatever way, and then stops what is left of
 * the test servers in the folder given as argument. Run with `node --require tsx/cjs`.
 */
process.stdin.resume();
process.stdin.once('close', () => {
  stopTestServers(process.argv[2]!).then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
