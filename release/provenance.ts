import { ownPlatform } from './platforms.ts'
import { type LockedPackage, lockedAs } from './runtimes.ts'

export interface Built {
  version: string
  commit: string
  /** Names of the npm packages of the runtimes in it. */
  runtimes: string[]
  /** Name and SHA-256 of every file. */
  files: (readonly [name: string, sha256: string])[]
}

/**
 * What was built from what: an in-toto statement (v1) with SLSA provenance (v1), to be signed by whoever publishes. The same
 * build gives the same statement, so it names the platform that builds, whose executable has its code parsed already, but neither
 * machine nor time.
 */
export const provenanceOf = ({ version, commit, runtimes, files }: Built) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: files.map(([name, sha256]) => ({ name, digest: { sha256 } })),
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: 'npm run release',
      externalParameters: { version },
      internalParameters: { platform: ownPlatform().name },
      resolvedDependencies: [
        { name: 'roar', digest: { gitCommit: commit } },
        ...runtimes.map((name) => dependency(name, lockedAs(name))),
      ],
    },
    runDetails: { builder: { id: 'release/main.ts' } },
  },
})

/** npm's integrity is the digest in base64. */
const dependency = (name: string, { version, integrity }: LockedPackage) => ({
  uri: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  digest: { sha512: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') },
})
