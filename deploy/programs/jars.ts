import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

const POM = join(import.meta.dir, 'pom.xml')

/** Where fetched programs are kept between runs; `XDG_CACHE_HOME` moves it. */
const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'roar')

/**
 * The folder with the jars of a program at the version that the pom pins. Fetched by Maven the first time, which takes
 * a minute or so and 45 MB (kafka) or 300 MB (spark); then reused until the pom names another version.
 */
export async function jarsOf(program: 'kafka' | 'spark'): Promise<string> {
  const version = (await readFile(POM, 'utf8')).match(new RegExp(`<${program}.version>(.+)</`))![1]
  const folder = join(cacheFolder(), 'cluster', `${program}-${version}`)
  if (existsSync(folder)) return folder
  // Into a folder of its own first: one that is there under its name is whole.
  const partial = `${folder}.${process.pid}`
  await mkdir(partial, { recursive: true })
  const goal = 'dependency:copy-dependencies'
  const maven = Bun.spawn(
    [
      'mvn',
      '-q',
      '-B',
      '-f',
      POM,
      '-P',
      program,
      goal,
      '-DincludeScope=runtime',
      `-DoutputDirectory=${partial}`,
    ],
    { stdout: 'pipe', stderr: 'pipe' },
  )
  const said = await new Response(maven.stdout).text()
  if ((await maven.exited) !== 0) {
    await rm(partial, { recursive: true })
    throw new Error(`Maven could not fetch ${program} ${version}:\n${said}`)
  }
  try {
    await rename(partial, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
    await rm(partial, { recursive: true })
  }
  return folder
}
