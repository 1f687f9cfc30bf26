import { objectIn, sorted } from './canonical.ts'
import type { Findings } from './findings.ts'
import { sha256Text } from './tree.ts'

/** Each entry's hash covers the one before, so changing an entry changes the last hash, which the certificate holds. */
export async function checkTrail(
  documents: AsyncIterable<string>,
  { show, head }: { show: string; head: { entries: number; hash: string } | undefined },
  findings: Findings,
): Promise<void> {
  let before = ''
  let entries = 0
  let atSeal = ''
  for await (const document of documents) {
    entries++
    const { entry, hash, at, who, action, poll, detail } = objectIn(document) ?? {}
    const done = sorted({ at, who, action, poll, detail })
    const is = sha256Text(`roar-trail-v1\n${before}\n${show}\n${entries}\n${done}`)
    if (entry !== entries || hash !== is) {
      findings.push({
        what: 'differs',
        detail: `entry ${entries} of the audit trail was changed, or an earlier one is missing`,
      })
      return
    }
    before = is
    if (entries === head?.entries) atSeal = is
  }
  if (head !== undefined && atSeal !== head.hash)
    findings.push({
      what: 'differs',
      detail: `the trail up to entry ${head.entries} is not the one of the certificate`,
    })
}
