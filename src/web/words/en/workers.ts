/** The page of workers. */
export const workers = {
  workers: {
    title: 'Workers',
    help: 'The processes that execute runs. One is in the server; another is one command:',
    none: 'No worker has ever reported.',
    state: 'State',
    host: 'Machine',
    atOnce: 'Runs',
    ofAll: '{{active}} of {{all}}',
    labels: 'Labels',
    version: 'Version',
    started: 'Started',
    seen: 'Last seen',
    acts: 'Acts',
    drain: 'Drain',
    drainHelp: 'It takes no new runs, and finishes those that it has',
    drainNamed: 'Drain {{host}}, process {{pid}}',
    resume: 'Resume',
    resumeHelp: 'It takes runs again',
    resumeNamed: 'Resume {{host}}, process {{pid}}',
  },
  unreached: {
    title: 'The notifier {{name}} ({{kind}}) does not take messages',
    next: 'They are sent again for a day. Next try:',
  },
  worker: { starting: 'Starting', ready: 'Ready', draining: 'Draining', gone: 'Gone' },
};
