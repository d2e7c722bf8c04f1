/** The page that checks a file. */
export const lint = {
  lint: {
    title: 'Check a pipeline file',
    lead: 'Every mistake at once, beside its line, with the names that this server knows. Nothing is stored, nothing is run.',
    text: 'The file',
    hint: 'Write or paste it here, or drop a file.',
    choose: 'Choose a file',
    check: 'Check',
    good: 'No problems.',
    found_one: '1 problem',
    found_other: '{{count}} problems',
    elsewhere: 'In files that it includes',
    tooLarge: 'The file is larger than 256 KiB: no pipeline is.',
  },
};
