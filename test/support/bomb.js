/**
 * Test only, loaded through NODE_OPTIONS into a worker and its children: a record that holds one of these words kills
 * the process that parses it, as a fault in an engine or a library would.
 */
const parse = JSON.parse;
const hoard = [];

JSON.parse = function (text, reviver) {
  if (typeof text === 'string' && text.length < 4096 && text.includes('sluice-test-bomb:')) {
    if (text.includes('sluice-test-bomb:abort')) process.abort();
    if (text.includes('sluice-test-bomb:loop')) for (;;);
    if (text.includes('sluice-test-bomb:memory')) for (;;) hoard.push(new Array(100_000).fill({}));
  }
  return parse.call(this, text, reviver);
};
