import { create } from 'tar'

/**
 * A `.tar.gz` that is the same for the same files: in the order of their names, with one time, and with nothing in it of
 * the machine or the user. @param names Files in `cwd`; their modes stay.
 */
export const archive = (file: string, cwd: string, names: string[], at: Date): Promise<void> =>
  create({ file, cwd, gzip: { level: 6 }, portable: true, mtime: at }, names.toSorted())
