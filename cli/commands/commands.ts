import type { Row } from './command.ts'

const roles = () => import('./roles.ts')

/** Every command, in the order of `roar help`. A new one is a file, and a row here. */
export const COMMANDS: readonly Row[] = [
  {
    name: 'up',
    summary: 'everything in one process: pages, API, edge, counting, storage',
    load: roles,
  },
  {
    name: 'ingest',
    summary: 'cluster role: accepts bursts, posts and votes, writes them to the log, serves the page',
    load: roles,
  },
  { name: 'aggregate', summary: 'cluster role: keeps the counting on Spark running', load: roles },
  { name: 'deliver', summary: 'cluster role: turns counts into packets and publishes them', load: roles },
  {
    name: 'edge',
    summary: "cluster role: holds viewers' connections, fed by a broker or another edge",
    load: roles,
  },
  {
    name: 'bridge',
    summary: 'cluster role: forwards packets from the main broker to the broker of another cluster',
    load: roles,
  },
  {
    name: 'studio',
    summary: 'cluster role: manages shows and polls, serves producers, seals polls',
    load: roles,
  },
  { name: 'topics', summary: 'creates and checks the topics of the log', load: () => import('./topics.ts') },
  {
    name: 'show',
    summary: 'creates, changes, lists, starts, ends, archives and wipes shows',
    load: () => import('./show.ts'),
  },
  {
    name: 'poll',
    summary: 'creates, changes, opens, closes, reveals, seals and shows polls',
    load: () => import('./poll.ts'),
  },
  { name: 'token', summary: 'makes, checks and revokes tokens', load: () => import('./token.ts') },
  { name: 'audit', summary: 'recounts a poll from the log', load: () => import('./audit.ts') },
  {
    name: 'export',
    summary: 'writes what viewers did in a show to a file',
    load: () => import('./replay.ts'),
  },
  {
    name: 'replay',
    summary: 'plays a recorded or scripted show into a rehearsal',
    load: () => import('./replay.ts'),
  },
  {
    name: 'backup',
    summary: 'backs up a data folder into one file, while it is in use',
    load: () => import('./backup.ts'),
  },
  { name: 'restore', summary: 'creates a data folder from a backup', load: () => import('./backup.ts') },
  {
    name: 'verify',
    summary: 'checks a receipt, a proof or a certificate offline',
    load: () => import('./others.ts'),
  },
  {
    name: 'monitor',
    summary: 'watches the signed heads of polls from outside, and can cosign them',
    load: () => import('./monitor.ts'),
  },
  {
    name: 'load',
    summary: 'simulates viewers, taps or votes and checks every count',
    load: () => import('./others.ts'),
  },
  {
    name: 'plan',
    summary: 'calculates what a crowd needs: processes, cores, memory, bandwidth, tree',
    load: () => import('./plan.ts'),
  },
  {
    name: 'check-config',
    summary: 'checks all settings of a role and prints them, with secrets hidden',
    load: () => import('./check-config.ts'),
  },
  {
    name: 'doctor',
    summary: 'checks this installation and says what is wrong',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'ready',
    summary: 'asks the server on this machine whether it is ready, for health checks',
    load: () => import('./ready.ts'),
  },
  {
    name: 'init',
    summary: 'writes a commented settings file',
    load: () => import('./init.ts'),
  },
  { name: 'schema', summary: 'prints the JSON Schema of roar.toml', load: () => import('./schema.ts') },
  {
    name: 'completion',
    summary: 'prints the completion script for bash, zsh or fish',
    load: async () => ({ commands: (await import('./completion.ts')).completionOf(COMMANDS) }),
  },
]
