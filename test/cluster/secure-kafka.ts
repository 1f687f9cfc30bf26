import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Kafka, startKafka } from '../../deploy/programs/kafka.ts'
import { freePort } from '../../deploy/programs/ports.ts'

export interface SecureKafka extends Kafka {
  /** The listener that requires TLS and a password. */
  secureAddress: string
  /** The authority that signed the broker's certificate, PEM. */
  ca: string
}

export const USER = 'roar'
/** The one for PLAIN has characters that must be quoted in the broker's settings. */
export const PASSWORDS = { PLAIN: 'pass "word\\1', 'SCRAM-SHA-512': 'secret-2' }

/** Starts a broker whose `secureAddress` requires TLS and SASL (PLAIN, SCRAM-SHA-512). */
export async function startSecureKafka(): Promise<SecureKafka> {
  const port = await freePort()
  const secureAddress = `127.0.0.1:${port}`
  let ca = ''
  const kafka = await startKafka({
    listener: {
      name: 'SECURE',
      protocol: 'SASL_SSL',
      address: secureAddress,
      properties: async (folder) => {
        const keystore = join(folder, 'broker.p12')
        const keys = ['-keystore', keystore, '-storepass', 'secret', '-alias', 'broker']
        const names = [
          '-dname',
          'CN=localhost',
          '-ext',
          'san=ip:127.0.0.1',
          '-validity',
          '2',
          '-keyalg',
          'EC',
        ]
        await keytool('-genkeypair', ...keys, ...names)
        await keytool('-exportcert', '-rfc', ...keys, '-file', join(folder, 'ca.pem'))
        ca = await readFile(join(folder, 'ca.pem'), 'utf8')
        const login = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${USER}="${quoted(PASSWORDS.PLAIN)}";`
        return {
          'listener.name.secure.ssl.keystore.location': keystore,
          'listener.name.secure.ssl.keystore.password': 'secret',
          'listener.name.secure.ssl.keystore.type': 'PKCS12',
          'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
          'listener.name.secure.plain.sasl.jaas.config': login.replaceAll('\\', '\\\\'),
          'listener.name.secure.scram-sha-512.sasl.jaas.config':
            'org.apache.kafka.common.security.scram.ScramLoginModule required;',
        }
      },
      format: ['--add-scram', `SCRAM-SHA-512=[name=${USER},password="${PASSWORDS['SCRAM-SHA-512']}"]`],
    },
  })
  return { ...kafka, secureAddress, ca }
}

const quoted = (text: string): string => text.replace(/["\\]/g, '\\$&')

async function keytool(...args: string[]): Promise<void> {
  const child = Bun.spawn(['keytool', ...args], { stdout: 'ignore', stderr: 'pipe' })
  if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr).text())
}
