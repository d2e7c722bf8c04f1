/**
 * A warning of Node (a listener leak, a deprecated call, a descriptor left open) fails the run. This file is executed
 * anew for each test file of a process: the handler takes the place of the one before.
 */
process.removeAllListeners('warning').on('warning', (warning) => {
  throw warning;
});
