import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { isKeySet } from '../../services/polls/signing-keys.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { cannotWrite, writeWhole } from '../whole-file.ts'

const BY = ['heads', 'witness', 'keys', 'certificate', 'evidence', 'complaint'] as const

const EntrySchema = v.object({
  at: v.number(),
  by: v.picklist(BY),
  ...{ server: v.string(), show: v.string(), poll: v.string(), what: v.string() },
})

/** One observation, a line of the record. Heads and certificates are kept whole, so that they are evidence. */
export interface Entry {
  at: number
  /**
   * `heads`: what the server shows to everybody. `witness`: what it asked this monitor to cosign. `keys`: the key
   * set, whenever it changed. `evidence`: a head, certificate or key set that contradicts what was seen before; nothing later is
   * compared with it.
   */
  by: (typeof BY)[number]
  server: string
  show: string
  poll: string
  /** A note, a certificate, or a sentence. */
  what: string
}

/**
 * Opens a monitor's record in its own folder and reads it: `seen`, oldest first.
 * @throws ConfigError when the folder cannot be created, or its contents cannot be read
 */
export function openRecord(folder: string): { record: MonitorRecord; seen: Entry[] } {
  const file = join(folder, 'seen.ndjson')
  try {
    mkdirSync(folder, { recursive: true })
    return { record: new MonitorRecord(folder, file), seen: existsSync(file) ? wholeLines(file) : [] }
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    throw cannotWrite(folder, cause)
  }
}

/** Cuts off a last line that a crash left incomplete: it is no evidence, and the next entry must not be appended to it. */
function wholeLines(file: string): Entry[] {
  const bytes = readFileSync(file)
  const whole = bytes.lastIndexOf('\n') + 1
  if (whole < bytes.length) truncateSync(file, whole)
  const lines = bytes.toString('utf8', 0, whole).split('\n').slice(0, -1)
  return lines.map((line, i) => {
    try {
      const entry = v.parse(EntrySchema, JSON.parse(line))
      if (entry.by === 'keys' && !isKeySet(JSON.parse(entry.what))) throw new Error('it is not a key set')
      return entry
    } catch (cause) {
      throw new ConfigError(file, `line ${i + 1} is damaged: ${(cause as Error).message}`)
    }
  })
}

/** An append-only file. */
export class MonitorRecord {
  readonly #file: string
  readonly #folder: string

  constructor(folder: string, file: string) {
    this.#folder = folder
    this.#file = file
  }

  /**
   * Durable when it returns, because others may rely on it afterwards.
   * @throws ConfigError that names the file; nothing of the entry is in it then
   */
  add(entry: Entry): void {
    try {
      const file = openSync(this.#file, 'a', 0o600)
      const { size } = fstatSync(file)
      try {
        writeFileSync(file, `${JSON.stringify(entry)}\n`)
        fsyncSync(file)
      } catch (cause) {
        ftruncateSync(file, size)
        throw cause
      } finally {
        closeSync(file)
      }
    } catch (cause) {
      throw cannotWrite(this.#file, cause)
    }
  }

  /** The key that cosigns, created on first use. @throws ConfigError that names the file, if it has no such key */
  witnessKey(): { privateKey: KeyObject; publicKey: Uint8Array } {
    const file = join(this.#folder, 'witness-key.pem')
    if (!existsSync(file)) {
      const { privateKey } = generateKeyPairSync('ed25519')
      writeWhole(file, String(privateKey.export({ format: 'pem', type: 'pkcs8' })), { mode: 0o600 })
    }
    try {
      const privateKey = createPrivateKey(readFileSync(file))
      const { x } = privateKey.export({ format: 'jwk' })
      return { privateKey, publicKey: new Uint8Array(Buffer.from(x!, 'base64url')) }
    } catch {
      // The cause may quote the key.
      throw new ConfigError(file, 'is not the key of a witness, which is an Ed25519 key as PEM')
    }
  }
}
