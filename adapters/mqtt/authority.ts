import { readNamedFile } from '../../settings/files.ts'

/** The authority of the brokers' certificates. @throws ConfigError when the file cannot be read */
export const pubsubCaOf = (config: { 'pubsub-ca': string }): string | undefined =>
  config['pubsub-ca'] === '' ? undefined : readNamedFile('pubsub-ca', config['pubsub-ca'])
