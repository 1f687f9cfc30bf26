import { ConfigError } from '../settings/config-error.ts'

export const sha256Of = (bytes: Uint8Array): string =>
  new Bun.CryptoHasher('sha256').update(bytes).digest('hex')

/** `SHA256SUMS`, readable by `sha256sum --check`. */
export const sumsOf = (digests: readonly (readonly [name: string, sha256: string])[]): string =>
  digests.map(([name, sha256]) => `${sha256}  ${name}\n`).join('')

/** The changelog's section of one version. @throws ConfigError when there is none */
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
 * A reproducible CycloneDX bill of materials: without the optional random serial number (CycloneDX 1.5, `serialNumber`), with the
 * commit's time instead of now, and with the program's name, where npm uses the folder's.
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
