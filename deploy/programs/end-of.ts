import type { Subprocess } from 'bun'

/** What a program has ended with, by itself or by a signal; `null`: it runs. One that a signal has ended has no exit code. */
export const endOf = ({
  exitCode,
  signalCode,
}: Pick<Subprocess, 'exitCode' | 'signalCode'>): number | string | null => exitCode ?? signalCode
