import { faultOf, timeFault } from './ballot-faults.ts'
import { isSame, objectIn, text } from './canonical.ts'
import { type Certificate, certificateIn, compareCertificate } from './certificate.ts'
import { CertifiedLeaves, type LogLeaf, placeText } from './certified-leaves.ts'
import { type Count, compareCounts } from './count.ts'
import { type Finding, Findings } from './findings.ts'
import { leafHash } from './leaf.ts'
import { liveCount } from './live-count.ts'
import { ballotsOf } from './log-ballots.ts'
import { Recount } from './recount.ts'
import { paperOf, type Rules } from './rules.ts'
import { SignedHead } from './signed-head.ts'
import type { AuditSource } from './source.ts'
import { checkTrail } from './trail.ts'
import { Tree } from './tree.ts'

/*
 * The recount: reads again everything a result rests on, from where it is kept, and counts it with code that shares nothing with
 * the live path. It imports nothing of Roar on purpose: a mistake there must not be able to hide here.
 */

export interface AuditReport {
  show: string
  poll: string
  sealed: boolean
  /** Whether sums, root and every ballot match the certificate; without one, whether the sums match the live tally. */
  agrees: boolean
  /** Ballots in the log, and how many of them are newer than the live tally that they are compared with. */
  ballots: number
  waiting: number
  root: string
  count: Count
  /** Voters with nothing but late ballots, and with nothing but quarantined ones. */
  marks: { late: number; quarantined: number }
  findings: Finding[]
  /** Findings beyond those listed. */
  more: number
}

/** A ballot that the live tally has not counted within this time counts as missing. */
const COUNTED_WITHIN_MS = 10_000

/**
 * Forces garbage collection every so many ballots: on its own the collector waits until the garbage is as large as the live heap.
 */
const COLLECT_EVERY = 2 ** 16

/**
 * Recounts a poll. Of each ballot it keeps only the voter and the answer, some 40 bytes, so that millions fit.
 * @param published The certificate as somebody kept it: used in place of the store's.
 * @throws when something cannot be read or the poll does not exist
 */
export async function auditPoll(
  source: AuditSource,
  show: string,
  poll: string,
  published?: Certificate,
): Promise<AuditReport> {
  const document = await source.poll(show, poll)
  if (document === undefined) throw new Error(`there is no poll ${show}/${poll}`)
  const rules = objectIn(document) as Rules | undefined
  if (!Array.isArray(rules?.choices))
    throw new Error(`the document of the poll ${show}/${poll} cannot be read`)
  const findings = new Findings()
  const kept = await source.certificate(show, poll)
  const stored = kept === undefined ? undefined : certificateIn(kept)
  const certificate = published ?? stored
  if (published !== undefined && (stored === undefined || !isSame(stored, published)))
    findings.push({ what: 'differs', detail: 'the store does not have the published certificate' })
  else if (kept !== undefined && stored === undefined)
    findings.push({ what: 'differs', detail: 'the certificate in the store cannot be read' })
  else if (rules.sealed !== undefined && certificate === undefined)
    findings.push({ what: 'differs', detail: 'the poll is sealed, and its certificate is gone' })

  // Read the tally before the ballots: then everything it counted is in the log.
  const live = certificate === undefined ? await liveCount(source, show, poll, rules) : undefined
  const countedTo = live !== undefined && source.embedded ? live.version : Number.POSITIVE_INFINITY
  const recount = new Recount(rules)
  const tree = new Tree()
  const head = await source.head(show, poll)
  const signed = head && new SignedHead(head)
  // The certificate says what was voted on. Whether the store still agrees is checked separately.
  const statement = certificate?.statement
  const paper = statement === undefined ? paperOf(rules) : statement.paper
  const certified = certificate === undefined ? undefined : new CertifiedLeaves(source.leaves(show, poll))
  let waiting = 0
  for await (const ballots of ballotsOf(source, show, poll, findings)) {
    const leaves: LogLeaf[] = []
    for (const { row, timestampMs, partition, offset } of ballots) {
      const { ballot } = row
      const hash = leafHash(row, { partition, offset, paper })
      leaves.push({ ballot, hash, partition, offset })
      tree.add(hash)
      signed?.look(tree)
      const fault = faultOf(row, rules) ?? timeFault(row, timestampMs, source.embedded)
      if (fault !== undefined) {
        const at = placeText({ partition, offset })
        findings.push({ what: 'differs', ballot, partition, offset, detail: `the ballot at ${at} ${fault}` })
      }
      if (offset < countedTo || row.at < Date.now() - COUNTED_WITHIN_MS) recount.add(row)
      else waiting++
      if (tree.size % COLLECT_EVERY === 0) Bun.gc(true)
    }
    await certified?.compare(leaves)
  }
  const count = recount.count()
  const marks = recount.marks()
  const root = text(tree.root())
  signed?.end(tree, statement && { size: statement.ballots, root: statement.root }, findings)
  const found = findings.count
  if (live !== undefined) compareCounts('the live tally', live.count, count, findings)
  if (certificate !== undefined && certified !== undefined) {
    await certified.end(findings)
    await checkTrail(source.trail(show), { show, head: statement?.trail }, findings)
    const keys = await source.keys()
    const recounted = { root, ballots: tree.size, count, ...marks }
    compareCertificate(certificate, { keys, rules, recounted, store: certified }, findings)
  }
  const agrees = findings.count === found
  const sealed = certificate !== undefined
  const { named, unnamed: more } = findings
  return {
    show,
    poll,
    sealed,
    agrees,
    ballots: tree.size,
    waiting,
    root,
    count,
    marks,
    findings: named,
    more,
  }
}
