const { default: TestRunner } = require('jest-runner');

/** Runs its suites one after the other. Jest runs the suites of one runner at a time, so nothing else runs beside them. */
module.exports = class SerialRunner extends TestRunner {
  isSerial = true;
};
