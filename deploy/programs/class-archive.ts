import { existsSync } from 'node:fs'

export type ClassArchive = 'read' | 'write'

/**
 * Beside the folder of a program's jars, not in it: everything in there is on the class path. Its name says what was done while it
 * was made.
 */
const archiveOf = (jars: string): string => `${jars}-counting-both.jsa`

/**
 * JVM flags for starting with an archive of classes, loaded and verified in an earlier run: Kafka and Spark start with half the
 * work. Without the file the JVM uses its own archive, as usual.
 */
export function classFlags(jars: string, archive: ClassArchive): string[] {
  const file = archiveOf(jars)
  if (archive === 'write') return [`-XX:ArchiveClassesAtExit=${file}`]
  return existsSync(file) ? [`-XX:SharedArchiveFile=${file}`] : []
}

/** Whether there is an archive made by this JVM, of these jars. A JVM ignores any other. */
export function isArchived(jars: string): boolean {
  if (!existsSync(archiveOf(jars))) return false
  // The same garbage collector, and the same small heap limit, as its users: the layout of archived classes depends on both.
  const as = ['-XX:+UseSerialGC', '-Xmx512m']
  const strictly = [...as, `-XX:SharedArchiveFile=${archiveOf(jars)}`, '-Xshare:on']
  const { success } = Bun.spawnSync(['java', ...strictly, '-cp', `${jars}/*`, '-version'], {
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  return success
}
