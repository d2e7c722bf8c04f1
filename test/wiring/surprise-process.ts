/** Imported into a server of a test: an error that nobody foresees, in a timer or a promise, at a signal. */
process.on('SIGUSR2', () => setTimeout(surprise));
process.on('SIGPWR', () => void Promise.resolve().then(surprise));

function surprise(): never {
  const command = { name: 'auth', args: ['hunter2'] };
  throw Object.assign(new Error('what nobody foresaw'), { command });
}
