import { stopPrivateServers } from './stop-private-servers';

/**
 * Waits for the end of its standard input, which comes when whoever started it ends in whatever way, and then stops
 * what is left of the processes of the folder given as argument.
 */
process.stdin.resume();
process.stdin.once('close', () => {
  stopPrivateServers(process.argv[2]!).then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
