import { keyIdOf } from '../../engine/polls/checkpoints.ts'
import { checkpointText, originOf, signedNote } from '../../protocol/checkpoints.ts'
import { sha256 } from '../sha256.ts'
import type { SigningKeys } from './signing-keys.ts'

/** A head of a poll's tree as a signed note (C2SP tlog-checkpoint). @param root Standard base64. */
export function headNote(
  keys: SigningKeys,
  { show, poll }: { show: string; poll: string },
  { size, root, atMs }: { size: number; root: string; atMs: number },
): string {
  const name = originOf(show, poll)
  const text = checkpointText(name, { size, root })
  const { kid, signature } = keys.sign(text, atMs)
  const { x } = keys.publicSet().keys.find((key) => key.kid === kid)!
  const keyId = keyIdOf(sha256, name, Buffer.from(x, 'base64url'))
  return signedNote(text, { name, keyId, signature: Buffer.from(signature, 'base64url') })
}
