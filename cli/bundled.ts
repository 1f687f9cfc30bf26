import { ConfigError } from '../settings/config-error.ts'

/** One file as the bundler emits it. */
export interface PageFile {
  bytes: Uint8Array<ArrayBuffer>
  type: string
}

/**
 * A page's files, bundled now: for a checkout; a release contains them.
 * @throws ConfigError that says what is wrong: usually a checkout that was updated without a new `npm install`
 */
export async function bundled(options: Bun.BuildConfig): Promise<Bun.BuildArtifact[]> {
  try {
    return (await Bun.build(options)).outputs
  } catch (cause) {
    const [first] = cause instanceof AggregateError ? cause.errors : [cause]
    throw new ConfigError('pages', `cannot be bundled: ${first.message}; npm ci installs what they need`)
  }
}
