import { ConfigError } from '../settings/config-error.ts'

export const sha256Of = (bytes: Uint8Array): string =>
  new Bun.CryptoHasher('sha256').update(bytes).digest('hex')

/** `SHA256SUMS` as `sha256sum --check` reads it. */
export const sumsOf = (digests: readonly (readonly [name: string, sha256: string])[]): string =>
  digests.map(([name, sha256]) => `${sha256}  ${name}\n`).join('')

/** What the changelog says of one version. @throws ConfigError when it says nothing */
export function sectionOf(changelog: string, version: string): string {
  const section = changelog.split(/^(?=## )/m).find((each) => each.split(/[ ,\n]/)[1] === version)
  if (section === undefined) throw new ConfigError('CHANGELOG.md', `has no section "## ${version}"`)
  return section
}

interface Sbom {
  serialNumber?: string
  metadata: { timestamp: string; component: { name: string } }
}

/**
 * A bill of materials of CycloneDX that is the same each time it is made: without the serial number, which is optional
 * (CycloneDX 1.5, `serialNumber`) and drawn by chance, with the commit's time in the place of now, and called by the program's
 * name, where npm says the folder's.
 */
export function stableSbom<Of extends Sbom>(
  { serialNumber: _, ...sbom }: Of,
  at: Date,
): Omit<Of, 'serialNumber'> {
  const { component } = sbom.metadata
  return {
    ...sbom,
    metadata: { ...sbom.metadata, timestamp: at.toISOString(), component: { ...component, name: 'roar' } },
  }
}
