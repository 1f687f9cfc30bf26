/** The calls that only read, by their names among all calls: those that write nothing need not wait for one that does. */
export const READS: ReadonlySet<string> = new Set([
  ...['shows', 'show', 'packs', 'counts', 'countsReached', 'term', 'history'],
  ...['all', 'find', 'trail', 'voterKey', 'signingKeys', 'certificate', 'ballotsEnd', 'treeHead']
    .concat('suspects', 'requests', 'leafIndex', 'leaves')
    .map((name) => `polls.${name}`),
  ...['all', 'person', 'personOf', 'credential', 'credentials'].map((name) => `people.${name}`),
  ...['all', 'backlog', 'deliveries'].map((name) => `webhooks.${name}`),
])
