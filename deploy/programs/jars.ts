import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from './cached.ts'

const POM = join(import.meta.dir, 'pom.xml')

/**
 * The folder with a program's jars, at the version pinned in the pom. Fetched by Maven on first use, which takes about a minute
 * and 45 MB (kafka), 60 MB (hivemq, kotlin) or 300 MB (spark); then reused until the pom names another version.
 */
export async function jarsOf(
  program: 'kafka' | 'kafka-tools' | 'spark' | 'hivemq' | 'kotlin',
): Promise<string> {
  const version = (await readFile(POM, 'utf8')).match(new RegExp(`<${program}.version>(.+)</`))![1]
  return cached(join('cluster', `${program}-${version}`), async (folder) => {
    const goal = 'dependency:copy-dependencies'
    const only = ['-DincludeScope=runtime', `-DoutputDirectory=${folder}`]
    const maven = Bun.spawn(['mvn', '-q', '-B', '-f', POM, '-P', program, goal, ...only], {
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const said = await new Response(maven.stdout).text()
    if ((await maven.exited) !== 0) throw new Error(`Maven could not fetch ${program} ${version}:\n${said}`)
  })
}
