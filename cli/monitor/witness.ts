import { type KeyObject, sign } from 'node:crypto'
import { checkedHead, keyIdOf } from '../../engine/polls/checkpoints.ts'
import { isConsistent, type TreeHead } from '../../engine/polls/merkle.ts'
import {
  cosignatureBytes,
  cosignedText,
  KEY_TYPE,
  readCheckpoint,
  readNote,
  signatureLine,
} from '../../protocol/checkpoints.ts'
import { verifyBytes } from '../../services/polls/signing-keys.ts'
import { sha256 } from '../../services/sha256.ts'

/** The most lines of a consistency proof (C2SP tlog-witness). */
const PROOF_LINES_MAX = 63

interface Signer {
  name: string
  privateKey: KeyObject
  publicKey: Uint8Array
}

interface Asked {
  old: number
  path: Uint8Array[]
  note: string
}

const refusal = (status: number, why: string): Response => new Response(`${why}\n`, { status })

/**
 * Cosigns a head that extends what it cosigned before (C2SP tlog-witness). Each head is recorded before it is signed.
 * @param options.keysOf The keys of a log by its origin, Ed25519, 32 bytes each; undefined: a log that is not followed.
 * @param options.seen The newest tree of each origin.
 * @param options.keep Returns once it is durable.
 */
export async function addCheckpoint(
  body: string,
  {
    signer,
    keysOf,
    seen,
    keep,
    nowS,
  }: {
    signer: Signer
    keysOf: (origin: string) => Promise<Uint8Array[] | undefined>
    seen: Map<string, TreeHead>
    keep: (origin: string, note: string) => void
    nowS: number
  },
): Promise<Response> {
  const asked = askedIn(body)
  const origin = asked && readCheckpoint(readNote(asked.note)?.text ?? '')?.origin
  if (asked === undefined || origin === undefined) return refusal(400, 'it is no add-checkpoint')
  const keys = await keysOf(origin)
  if (keys === undefined) return refusal(404, 'no log of this origin is followed')
  const head = checkedHead(asked.note, { origin, keys, sha256, verify: verifyBytes })
  if (typeof head === 'string') return refusal(403, head)
  // No `await` from here to `keep`, so that concurrent requests are handled one after the other.
  const before = seen.get(origin) ?? { size: 0, root: new Uint8Array() }
  if (asked.old > head.size) return refusal(400, 'the old size is more than the new one')
  if (asked.old !== before.size)
    return new Response(`${before.size}\n`, { status: 409, headers: { 'content-type': 'text/x.tlog.size' } })
  const { path } = asked
  if (before.size === 0 ? path.length > 0 : !isConsistent(sha256, { older: before, newer: head, path })) {
    const isFork = before.size === head.size
    return refusal(isFork ? 409 : 422, 'it does not begin with what was cosigned before')
  }
  keep(origin, asked.note)
  seen.set(origin, { size: head.size, root: head.root })
  const { name, publicKey, privateKey } = signer
  const signature = sign(null, Buffer.from(cosignedText(head.text, nowS)), privateKey)
  const keyId = keyIdOf(sha256, name, publicKey, KEY_TYPE.cosignature)
  return new Response(signatureLine({ name, keyId, signature: cosignatureBytes(nowS, signature) }))
}

function askedIn(body: string): Asked | undefined {
  const end = body.indexOf('\n\n')
  const [first = '', ...proof] = body.slice(0, Math.max(0, end)).split('\n')
  const [, old] = /^old (0|[1-9]\d{0,14})$/.exec(first) ?? []
  const isProof = proof.length <= PROOF_LINES_MAX && proof.every((line) => /^[A-Za-z0-9+/]{43}=$/.test(line))
  if (old === undefined || !isProof) return undefined
  return {
    old: Number(old),
    path: proof.map((line) => new Uint8Array(Buffer.from(line, 'base64'))),
    note: body.slice(end + 2),
  }
}
