import { create } from 'tar'

/**
 * A `.tar.gz` that is identical for identical files: sorted by name, with one timestamp, and nothing of the machine or the user.
 * @param names Files in `cwd`; their modes are kept.
 */
export const archive = (file: string, cwd: string, names: string[], at: Date): Promise<void> =>
  create({ file, cwd, gzip: { level: 6 }, portable: true, mtime: at }, names.toSorted())
