import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseSparkAddress, SparkSession } from '../../adapters/spark/spark-session.ts'
import type { ClassArchive } from './class-archive.ts'
import { jarsOf } from './jars.ts'
import { JavaProgram } from './java.ts'
import { freePort } from './ports.ts'

export interface Spark {
  /** `sc://host:port`. */
  address: string
  /** The server's process, to kill and start again. */
  server: JavaProgram
  /** A folder of its own for checkpoints; it stays through restarts of the server. */
  checkpoints: string
  close(): Promise<void>
}

/** Starts one real Spark Connect server with two local cores, on a free port. `without`: leaves out jars by their names. */
export async function startSpark({
  without,
  classes = 'read',
}: {
  without?: RegExp
  classes?: ClassArchive
} = {}): Promise<Spark> {
  const folder = await mkdtemp(join(tmpdir(), 'roar-spark-'))
  const jars = without === undefined ? await jarsOf('spark') : await linkJars(join(folder, 'jars'), without)
  const port = await freePort()
  const address = `sc://127.0.0.1:${port}`
  const settings: Record<string, string | number> = {
    'spark.master': 'local[2]',
    'spark.app.name': 'roar',
    'spark.connect.grpc.binding.address': '127.0.0.1',
    'spark.connect.grpc.binding.port': port,
    'spark.connect.session.manager.defaultSessionTimeout': -1,
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.host': '127.0.0.1',
    'spark.ui.enabled': 'false',
    'spark.sql.shuffle.partitions': 2,
    'spark.local.dir': join(folder, 'local'),
    'spark.sql.warehouse.dir': join(folder, 'warehouse'),
    'spark.log.level': 'WARN',
    ...PLAIN_FILES,
  }
  const server = new JavaProgram({
    jars,
    main: 'org.apache.spark.sql.connect.service.SparkConnectServer',
    jvm: [
      '-Xmx1g',
      // Here it shares few cores and does not run for days: the slow compiler would take more of them than it gives back.
      '-XX:TieredStopAtLevel=1',
      // What is left of those processes starts without a helper process in between.
      '-Djdk.lang.Process.launchMechanism=VFORK',
      '-XX:+IgnoreUnrecognizedVMOptions',
      '--add-modules=jdk.incubator.vector',
      ...OPEN_PACKAGES.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
      '-Dio.netty.tryReflectionSetAccessible=true',
      ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
    ],
    classes,
    logFile: join(folder, 'spark.log'),
    ready: async () => {
      const session = new SparkSession(parseSparkAddress(address), {
        sessionId: crypto.randomUUID(),
        timeoutMs: 2000,
      })
      try {
        await session.version()
      } finally {
        session.close()
      }
    },
  })
  await server.start()
  return {
    address,
    server,
    checkpoints: join(folder, 'checkpoints'),
    close: async () => {
      await server.stop()
      await rm(folder, { recursive: true })
    },
  }
}

/**
 * Hadoop has no native library here, so it starts a process for each permission that it sets and each link that it looks
 * for: some 30 in a batch, each some milliseconds. Spark's other way of writing a checkpoint, on files without checksums
 * beside them, needs 4. Both rename what is whole.
 */
const PLAIN_FILES = {
  'spark.sql.streaming.checkpointFileManagerClass':
    'org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager',
  'spark.hadoop.fs.file.impl': 'org.apache.hadoop.fs.RawLocalFileSystem',
}

async function linkJars(folder: string, without: RegExp): Promise<string> {
  const jars = await jarsOf('spark')
  await mkdir(folder)
  for (const jar of await readdir(jars))
    if (!without.test(jar)) await symlink(join(jars, jar), join(folder, jar))
  return folder
}

/** What Spark reaches into on Java 17. */
const OPEN_PACKAGES = [
  ...[
    'lang',
    'lang.invoke',
    'lang.reflect',
    'io',
    'net',
    'nio',
    'util',
    'util.concurrent',
    'util.concurrent.atomic',
  ].map((name) => `java.base/java.${name}`),
  ...['jdk.internal.ref', 'sun.nio.ch', 'sun.nio.cs', 'sun.security.action', 'sun.util.calendar'].map(
    (name) => `java.base/${name}`,
  ),
  'java.security.jgss/sun.security.krb5',
]
