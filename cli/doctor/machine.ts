import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { openFilesMax } from '../open-files.ts'
import type { Config } from '../settings.ts'
import { bad, type Finding, ok, warn } from './finding.ts'

const FILES_MIN = 10_000
const FREE_MIN_BYTES = 1024 ** 3
const GIB = 1024 ** 3

/** What this machine gives a process. */
export const machineFindings = (config: Config): Finding[] => [openFiles(), ...folder(config.data)]

function openFiles(): Finding {
  const most = openFilesMax()
  if (most === undefined) return ok('open files', 'no limit is known')
  const says = `ulimit -n is ${most}: each viewer of an edge takes one`
  return most < FILES_MIN ? warn('open files', says) : ok('open files', says)
}

/** The data folder, or where it would be made. */
function folder(path: string): Finding[] {
  let there = resolve(path)
  while (!existsSync(there)) there = dirname(there)
  try {
    accessSync(there, constants.W_OK)
  } catch (cause) {
    return [bad('data folder', `${path} cannot be written: ${(cause as Error).message}`)]
  }
  const { bavail, bsize } = statfsSync(there)
  const free = bavail * bsize
  const says = `${path} has ${(free / GIB).toFixed(1)} GiB free`
  return [free < FREE_MIN_BYTES ? warn('data folder', says) : ok('data folder', says)]
}
