/** Up to here an end counts as "right after start". */
const shortLifeSeconds = 5;

/** `exits 1 right after start`. @param seconds how long it ran; NaN: nobody knows */
export function exitText(code: number, seconds: number): string {
  const meaning = meaningOf(code);
  const exit = `exits ${code}${meaning === undefined ? '' : ` (${meaning})`}`;
  if (Number.isNaN(seconds)) return exit;
  return seconds <= shortLifeSeconds ? `${exit} right after start` : `${exit} after ${seconds} s`;
}

/** What people use exit codes for; above 128 the shell's way to name a signal. */
function meaningOf(code: number): string | undefined {
  return {
    0: 'without an error, but it should go on running',
    126: 'the command cannot be executed',
    127: 'command not found',
    134: 'aborted',
    137: 'killed',
    139: 'segmentation fault',
    143: 'asked to end',
  }[code];
}
