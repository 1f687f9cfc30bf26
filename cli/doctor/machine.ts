import { existsSync, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { openFilesMax } from '../open-files.ts'
import type { Config } from '../settings.ts'
import { bad, type Finding, ok, warn } from './finding.ts'

const FILES_MIN = 10_000
const FREE_MIN_BYTES = 1024 ** 3
/** With less, store and log cannot even be created. */
const FREE_LEAST_BYTES = 16 * 1024 ** 2
const GIB = 1024 ** 3

/** The limits that this machine sets to a process. */
export const machineFindings = (config: Config): Finding[] => [openFiles(), ...folder(config.data)]

function openFiles(): Finding {
  const most = openFilesMax()
  if (most === undefined) return ok('open files', 'no limit is known')
  const says = `ulimit -n is ${most}; each viewer of an edge needs one`
  return most < FILES_MIN
    ? warn('open files', `${says}: raise it, in a systemd unit with LimitNOFILE`)
    : ok('open files', says)
}

/** Free space of the data folder, or of the place where it would be created. */
function folder(path: string): Finding[] {
  let there = resolve(path)
  while (!existsSync(there)) there = dirname(there)
  const { bavail, bsize } = statfsSync(there)
  const free = bavail * bsize
  const says = `${path} has ${(free / GIB).toFixed(1)} GiB free`
  if (free < FREE_LEAST_BYTES) return [bad('data folder', `the disk of ${path} is full: free some space`)]
  return [free < FREE_MIN_BYTES ? warn('data folder', `${says}: make room`) : ok('data folder', says)]
}
