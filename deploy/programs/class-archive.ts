import { existsSync } from 'node:fs'

export type ClassArchive = 'read' | 'write'

/** Beside the folder of a program's jars, not in it: what lies there is on the class path. */
const archiveOf = (jars: string): string => `${jars}.jsa`

/**
 * What tells a JVM to begin with a program's classes as they were after an earlier run, loaded and verified: Kafka and
 * Spark start with half the work. Without the file it begins with the JVM's own, as ever.
 */
export function classFlags(jars: string, archive: ClassArchive): string[] {
  const file = archiveOf(jars)
  if (archive === 'write') return [`-XX:ArchiveClassesAtExit=${file}`]
  return existsSync(file) ? [`-XX:SharedArchiveFile=${file}`] : []
}

/** Whether there is an archive that was made by this JVM, of these jars. A JVM passes over another one. */
export function isArchived(jars: string): boolean {
  if (!existsSync(archiveOf(jars))) return false
  // The collector of those who read it, and a bound of memory as small as theirs: how a class lies in the archive depends on both.
  const as = ['-XX:+UseSerialGC', '-Xmx512m']
  const strictly = [...as, `-XX:SharedArchiveFile=${archiveOf(jars)}`, '-Xshare:on']
  const { success } = Bun.spawnSync(['java', ...strictly, '-cp', `${jars}/*`, '-version'], {
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  return success
}
