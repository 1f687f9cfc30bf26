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
  const version = versionOf(program, await readFile(POM, 'utf8'))
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

/** The versions that the program's profile takes from the pom's properties: of its own, and of what comes with it. */
function versionOf(program: string, pom: string): string {
  const profile = pom.slice(pom.indexOf(`<id>${program}</id>`)).split('</profile>', 1)[0]!
  const names = new Set(Array.from(profile.matchAll(/<version>\$\{(.+)\}</g), ([, name]) => name!))
  return [...names].map((name) => pom.match(new RegExp(`<${name}>(.+)</`))![1]).join('-')
}
