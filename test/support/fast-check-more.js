/**
 * Stands in for fast-check where SLUICE_TEST_RUNS says how many times as often each property is to be tried. What one run of
 * thousands finds is a fault all the same, and better found before somebody else's run does.
 */
const { default: real } = require('../../node_modules/fast-check/lib/cjs/fast-check.js');

const times = Number(process.env['SLUICE_TEST_RUNS']);
const more = {
  ...real,
  assert: (property, parameters = {}) =>
    real.assert(property, { ...parameters, numRuns: (parameters.numRuns ?? 100) * times }),
};

module.exports = { __esModule: true, ...more, default: more };
