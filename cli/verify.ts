import { readFileSync } from 'node:fs'
import { certificateFault, headFault, pollFault, proofFault, seenBy } from '../engine/polls/certificates.ts'
import { PublicRecount } from '../engine/polls/public-recount.ts'
import { receiptFault } from '../engine/polls/receipts.ts'
import { type KeyLife, signsAt } from '../protocol/keys.ts'
import type { BallotProof, Certificate, PollDocument, Receipt } from '../protocol/polls.ts'
import { impossible } from '../protocol/possible.ts'
import { PUBLIC_LINE_MAX, type PublicBallot, publicBallotIn } from '../protocol/public-ballots.ts'
import {
  isKeySet,
  type JwkSet,
  rawKeysOf,
  signatureVerifier,
  verifyBytes,
} from '../services/polls/signing-keys.ts'
import { sha256 } from '../services/sha256.ts'
import { ConfigError } from '../settings/config-error.ts'
import { whyUnreadable } from '../settings/files.ts'
import { parseExact } from './exact-json.ts'
import { parseFlags } from './parse-flags.ts'
import { counted, Progress } from './progress.ts'

const USAGE = `roar verify --keys FILE [--receipt FILE] [--certificate FILE] [--proof FILE]
            [--poll FILE] [--recount FILE|URL]

Verifies without the server: a receipt, a certificate, and with a proof too, that the receipt's ballot is in the certificate's
tree; with --poll, that the poll shown now is the one that was voted on; with --recount, that the published ballots
(/v1/shows/SHOW/polls/POLL/ballots) give the certificate's result and root, and with --poll too, that each answers the poll.
It also lists the witnesses that cosigned the
certificate's last head. FILE is the server's answer; - is standard input. The keys are those of /v1/keys, saved with the receipt.

Example:
  roar verify --keys keys.json --receipt receipt.json --certificate certificate.json
`

const OPTIONS = {
  keys: { type: 'string' },
  receipt: { type: 'string' },
  certificate: { type: 'string' },
  proof: { type: 'string' },
  poll: { type: 'string' },
  recount: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const
export const VERIFY_FLAGS = Object.keys(OPTIONS)

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `roar verify`. Returns 0 when everything given is valid, 1 when something is not. @throws ConfigError for bad arguments */
export async function runVerify(argv: string[]): Promise<number> {
  const values = read(argv)
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  if (values.keys === undefined)
    throw new ConfigError('--keys', 'is missing: the key set that /v1/keys answers')
  const keys = keysIn(values.keys)
  const verify = signatureVerifier(keys)
  const receipt = values.receipt === undefined ? undefined : parse<Receipt>('--receipt', values.receipt)
  const certificate =
    values.certificate === undefined ? undefined : parse<Certificate>('--certificate', values.certificate)
  const proof = values.proof === undefined ? undefined : parse<BallotProof>('--proof', values.proof)
  if (receipt === undefined && certificate === undefined) {
    throw new ConfigError('verify', 'needs a receipt or a certificate')
  }
  if (proof !== undefined && (receipt === undefined || certificate === undefined)) {
    throw new ConfigError('--proof', 'needs both --receipt and --certificate')
  }
  const poll = values.poll === undefined ? undefined : parse<PollDocument>('--poll', values.poll)
  if (poll !== undefined && certificate === undefined) {
    throw new ConfigError('--poll', 'needs --certificate to compare with')
  }
  const checks: [string, string | undefined][] = []
  // Checked also if the file contains `null`.
  if (receipt !== undefined)
    checks.push(['receipt', guarded(() => receiptFault(receipt, { sha256, verify }))])
  if (certificate !== undefined)
    checks.push(['certificate', guarded(() => certificateFault(certificate, verify))])
  if (certificate?.head !== undefined) {
    let names: string[] = []
    const fault = guarded(() => {
      const mayHave = (key: KeyLife) => signsAt(key, certificate.statement.sealed)
      const fault = headFault(certificate, { keys: rawKeysOf(keys, mayHave), sha256, verify: verifyBytes })
      if (fault === undefined) names = seenBy(certificate, { sha256, verify: verifyBytes })
      return fault
    })
    process.stdout.write(`witnesses: ${names.length === 0 ? 'none' : names.join(', ')}\n`)
    checks.push(['head', fault])
  }
  const otherPoll = poll && guarded(() => pollFault(poll, certificate!, sha256))
  if (poll !== undefined) checks.push(['poll', otherPoll])
  if (values.recount !== undefined) {
    if (certificate === undefined) throw new ConfigError('--recount', 'needs --certificate to compare with')
    const asked = otherPoll === undefined ? poll : undefined
    checks.push(['recount', await recountFault(values.recount, certificate, asked)])
  }
  if (proof !== undefined)
    checks.push(['proof', guarded(() => proofFault(receipt!, proof, certificate!, sha256))])
  for (const [name, fault] of checks) process.stdout.write(`${name}: ${fault ?? 'valid'}\n`)
  return checks.every(([, fault]) => fault === undefined) ? 0 : 1
}

/** Why the published ballots do not add up to the certificate's result; undefined when they do. @throws ConfigError */
async function recountFault(
  from: string,
  certificate: Certificate,
  poll: PollDocument | undefined,
): Promise<string | undefined> {
  // Without a whole statement there is nothing to compare with.
  const fault = guarded(() => impossible(certificate.statement))
  if (fault !== undefined) return fault
  const { statement } = certificate
  const recount = new PublicRecount(sha256, statement, poll)
  try {
    let number = 0
    using progress = new Progress()
    const lines = counted(linesOf(await open(from)), progress, (many) => `${many} ballots counted`)
    for await (const line of lines) {
      number++
      const ballot = ballotIn(line)
      if (typeof ballot === 'string') return `line ${number} is not a ballot: ${ballot}`
      if (!recount.add(ballot)) break
    }
  } catch (cause) {
    throw new ConfigError('--recount', `${from} cannot be read: ${(cause as Error).message}`)
  }
  const faults = recount.faults()
  return faults.length === 0 ? undefined : faults.join('; ')
}

/** A ballot, or why the line is none. */
function ballotIn(line: string): PublicBallot | string {
  try {
    return publicBallotIn(line)
  } catch (cause) {
    return (cause as Error).message
  }
}

async function open(from: string): Promise<ReadableStream<Uint8Array>> {
  if (!/^https?:/.test(from)) return Bun.file(from === '-' ? '/dev/stdin' : from).stream()
  const response = await fetch(from, { timeout: false })
  if (!response.ok || response.body === null) throw new Error(`the answer is ${response.status}`)
  return response.body
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = ''
  for await (const text of stream.pipeThrough(
    new TextDecoderStream('utf-8', { fatal: true, ignoreBOM: true }) as never,
  ) as unknown as AsyncIterable<string>) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    if (rest.length > PUBLIC_LINE_MAX) throw new Error('a line is longer than any ballot')
    yield* lines
  }
  if (rest !== '') yield rest
}

/** Anything without the shape of a receipt is an invalid receipt. */
function guarded(check: () => string | undefined): string | undefined {
  try {
    return check()
  } catch (cause) {
    return `it cannot be read: ${(cause as Error).message}`
  }
}

/** @throws ConfigError for an invalid key set */
function keysIn(file: string): JwkSet {
  const set = parse<unknown>('--keys', file)
  if (!isKeySet(set) || set.keys.length === 0)
    throw new ConfigError('--keys', `${file} is not the key set that /v1/keys answers`)
  const { keys } = set
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    throw new ConfigError('--keys', `${file} has a key twice: which of the two says when it ended?`)
  return { keys }
}

function parse<T>(flag: string, file: string): T {
  try {
    const text = UTF8.decode(readFileSync(file === '-' ? 0 : file))
    return parseExact(text) as T
  } catch (cause) {
    throw new ConfigError(flag, `${file} cannot be read: ${whyUnreadable(cause)}`)
  }
}

const read = (argv: string[]) => parseFlags('roar verify', { args: argv, options: OPTIONS }).values
