import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packages } from '../package-lock.json'

const ROOT = join(import.meta.dir, '..')

interface Locked {
  version?: string
  license?: string
  dev?: boolean
  optional?: boolean
  link?: boolean
  devOptional?: boolean
}

/**
 * The licences of everything in the one file, as they require. The runtime lists what it links in its own repository. @throws
 * Error for a package that is not installed
 */
export function licensesOfParts(): string {
  const parts = Object.entries(packages as Record<string, Locked>).filter(
    ([path, { dev, devOptional, optional, link }]) =>
      path.startsWith('node_modules/') && !(dev || devOptional || optional || link),
  )
  return `${parts.map(([path, locked]) => section(path, locked)).join(RULE)}`
}

const RULE = `\n${'-'.repeat(100)}\n\n`

function section(path: string, { version, license }: Locked): string {
  const folder = join(ROOT, path)
  if (!existsSync(folder)) throw new Error(`${path} is not installed: npm ci`)
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return `${[`${name} ${version} (${license})`, ...texts].join('\n\n')}\n`
}
