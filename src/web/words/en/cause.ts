/** Why a run ended unhappily. */
export const cause = {
  cause: {
    title: 'Why it ended so',
    where: '{{step}}: {{status}}',
    unknown: 'No cause is recorded.',
    rolledBack: '{{environment}} was rolled back to {{to}} and is healthy.',
    notRolledBack: '{{environment}} was not rolled back:',
    lastWords: 'Last words of {{pod}}',
    others: 'Also seen, the worst first:',
    nodes: 'What each node has against the pod',
    node: 'Node',
    freeCpu: 'CPU free',
    freeMemory: 'Memory free',
    against: 'Why not',
    nothing: 'nothing: it would take the pod now',
    pod: 'Containers and events of {{pod}}',
    podOn: 'Containers and events of {{pod}} on {{node}}',
    events: 'Events, the oldest first',
    changes_one: 'What this rollout changed: {{count}} line',
    changes_other: 'What this rollout changed: {{count}} lines',
  },
};
