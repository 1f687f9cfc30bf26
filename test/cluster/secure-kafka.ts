import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka'
import { type Kafka, startKafka } from '../../deploy/programs/kafka.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { NEW_KEY, openssl } from './openssl.ts'

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
        const [cert, key, both] = ['cert.pem', 'key.pem', 'broker.pem'].map((name) => join(folder, name))
        const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
        openssl('req', '-x509', ...NEW_KEY, '-days', '2', ...names, '-keyout', key!, '-out', cert!)
        ca = await readFile(cert!, 'utf8')
        await writeFile(both!, (await readFile(key!, 'utf8')) + ca)
        const login = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${USER}="${quoted(PASSWORDS.PLAIN)}";`
        return {
          'listener.name.secure.ssl.keystore.location': both!,
          'listener.name.secure.ssl.keystore.type': 'PEM',
          'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
          'listener.name.secure.plain.sasl.jaas.config': login.replaceAll('\\', '\\\\'),
          'listener.name.secure.scram-sha-512.sasl.jaas.config':
            'org.apache.kafka.common.security.scram.ScramLoginModule required;',
        }
      },
    },
  })
  await addUser(kafka.address)
  return { ...kafka, secureAddress, ca }
}

const quoted = (text: string): string => text.replace(/["\\]/g, '\\$&')

/** The user of SCRAM-SHA-512, whose credentials Kafka keeps in its own log. */
async function addUser(address: string): Promise<void> {
  const [host, port] = address.split(':') as [string, string]
  const [salt, iterations] = [randomBytes(16), 4096]
  const saltedPassword = pbkdf2Sync(PASSWORDS['SCRAM-SHA-512'], salt, iterations, 64, 'sha512')
  const connection = new Connection('test')
  await connection.connect(host, Number(port))
  // 2: SCRAM-SHA-512.
  const user = { name: USER, mechanism: 2, iterations, salt, saltedPassword }
  await alterUserScramCredentialsV0.api.async(connection, [], [user])
  await connection.close()
}
