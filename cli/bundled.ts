import { ConfigError } from '../settings/config-error.ts'

/**
 * A page's files, bundled now: of a checkout; a release has them in it.
 * @throws ConfigError that says what is wrong, which for most people is a checkout that was updated and not installed anew
 */
export async function bundled(options: Bun.BuildConfig): Promise<Bun.BuildArtifact[]> {
  try {
    return (await Bun.build(options)).outputs
  } catch (cause) {
    const [first] = cause instanceof AggregateError ? cause.errors : [cause]
    throw new ConfigError('pages', `cannot be bundled: ${first.message}; npm ci installs what they need`)
  }
}
