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
  /** The server's process, to kill and restart. */
  server: JavaProgram
  /** A folder for checkpoints; it survives restarts of the server. */
  checkpoints: string
  close(): Promise<void>
}

/** Starts one real Spark Connect server with two local cores, on a free port. `without`: excludes jars by name. */
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
      // It shares few cores and runs briefly: the optimising compiler would cost more than it gains.
      '-XX:TieredStopAtLevel=1',
      // With this compiler alone the JVM reserves a fifth of its usual room for code, which Spark fills: what is dropped from it is
      // compiled again.
      '-XX:ReservedCodeCacheSize=240m',
      // Below this no garbage is collected because of loaded classes. The default is a tenth of what Spark loads.
      '-XX:MetaspaceSize=256m',
      // The remaining processes start without a helper process.
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
      await server.end()
      await rm(folder, { recursive: true })
    },
  }
}

/**
 * Without its native library Hadoop starts a process for each permission that it sets and each link that it checks: some 30 a
 * batch, each some milliseconds. Spark's other checkpoint writer, on files without checksums, needs 4. Both rename complete
 * files.
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

/** Packages that Spark needs to access on Java 17. */
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
