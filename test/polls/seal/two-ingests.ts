import pino from 'pino'
import type { Clock } from '../../../adapters/clock/clock.ts'
import { ManualClock } from '../../../adapters/clock/clock-manual.ts'
import type { Log, LogTopic } from '../../../adapters/log/log.ts'
import { MemoryLog } from '../../../adapters/memory/log-memory.ts'
import { MemoryStore } from '../../../adapters/memory/store-memory.ts'
import { DEMO_SHOW } from '../../../engine/demo-show.ts'
import { Casts } from '../../../engine/polls/casts.ts'
import { createPoll, sealPoll } from '../../../engine/polls/life.ts'
import { RULES as FIRST_COUNTS } from '../../../engine/polls/rules-fixture.ts'
import type { Random } from '../../../load/random.ts'
import { RoarError } from '../../../protocol/errors.ts'
import type { Ballot, Certificate, Poll, Receipt } from '../../../protocol/polls.ts'
import { ShowDirectory } from '../../../services/directory/directory.ts'
import { BallotBox } from '../../../services/ingest/ballot-box.ts'
import { voteRoute } from '../../../services/ingest/votes.ts'
import { BallotOrder } from '../../../services/polls/ballot-order.ts'
import { certifier } from '../../../services/polls/certify.ts'
import { startPollDesk } from '../../../services/polls/desk.ts'
import { PollKeys } from '../../../services/polls/poll-keys.ts'
import { SigningKeys, signatureVerifier } from '../../../services/polls/signing-keys.ts'
import { startTally } from '../../../services/polls/tally.ts'
import { createControl } from '../../../services/studio/control.ts'
import { pollChanges } from '../../../services/studio/poll-changes.ts'
import { announceShows } from '../../../services/studio/shows.ts'
import { UNSUPERVISED } from '../../../services/supervision/unsupervised.ts'
import { Scheduler } from './scheduler.ts'

const NOW = 1_795_349_712_000
const logger = pino({ level: 'silent' })

/** Who votes what, and at which ingest: what one voter says comes at once. */
const CASTS = [
  ['v1', 0, 'anna'],
  ['v1', 0, 'ben'],
  ['v1', 0, 'cleo'],
  ['v2', 0, 'anna'],
  ['v2', 1, 'ben'],
  ['v3', 1, 'anna'],
  ['v3', 1, 'ben'],
] as const

export interface Outcome {
  receipts: Receipt[]
  ballots: Ballot[]
  certificate: Certificate
  /** The certificate's leaves, by ballot. */
  sealed: string[]
  poll: Poll
  trace: string[]
}

/**
 * Three voters, two ingests, a count and one seal, all of it the real code over one log in memory: every append, every
 * record that is heard, every word of the store happens when the scheduler says so.
 */
export async function sealBetween(random: Random, { change }: { change: boolean }): Promise<Outcome> {
  const scheduler = new Scheduler(random)
  const clock = new ManualClock(NOW)
  const memory = new MemoryLog({ clock })
  const logs = ['a', 'b', 'studio', 'count'].map((name) => seenBy(name, memory, scheduler))
  const [, , studioLog, countLog] = logs as [Log, Log, Log, Log]
  const store = new MemoryStore()
  await announceShows({ store, log: memory, first: DEMO_SHOW })
  const closes = NOW + 1 + Math.floor(4 * random())
  const poll = createPoll('final', 'mvp', { ...RULES, change, closes }, NOW)
  await store.polls.save(poll, { replaces: 0 })
  await store.polls.saveVoterKey('final', 'mvp', new Uint8Array(32))
  await memory.append('control', [
    { key: 'final/mvp', value: new TextEncoder().encode(JSON.stringify(poll)) },
  ])

  const done: Promise<unknown>[] = []
  const signingKeys = await SigningKeys.open({
    store: store.polls,
    clock,
    shared: false,
    health: UNSUPERVISED,
  })
  const directories = logs.map((log) => new ShowDirectory({ log, logger, health: UNSUPERVISED }))

  // The second ingest's clock may be behind.
  const skewMs = Math.floor(40 * random())
  const clocks = [
    clock,
    {
      now: () => clock.now() - skewMs,
      passedMs: () => clock.passedMs(),
      offMs: () => 0,
      after: clock.after.bind(clock),
    },
  ] as const
  const ingests = clocks.map((clock, i) => {
    const casts = new Casts()
    const box = new BallotBox({
      log: logs[i]!,
      clock,
      signer: signingKeys,
      papers: (show, poll) => directories[i]!.poll(show, poll).paper,
      verify: () => signatureVerifier(signingKeys.publicSet()),
      logger,
      health: UNSUPERVISED,
    })
    const started = box.start()
    const route = voteRoute(contextOf(directories[i]!, clock), {
      box,
      casts,
      keys: new PollKeys(store.polls),
      quarantine: undefined as never,
      issuers: { take: () => 0 } as never,
    })
    return { casts, box, route, started, directory: directories[i]! }
  })
  const desk = startPollDesk({
    log: studioLog,
    directory: directories[2]!,
    clock,
    logger,
    health: UNSUPERVISED,
  })
  const started = Promise.all([
    startTally({ log: countLog, clock, logger, everyMs: 1, skip: () => false, health: UNSUPERVISED }),
    ...ingests.map(({ started }) => started),
    ...directories.map((directory) => directory.caughtUp()),
  ])
  await scheduler.until(started, () => {})
  const control = createControl({ store, log: studioLog, directory: directories[2]!, clock, leadMs: 1 })
  const changePoll = pollChanges({ store, control, directory: directories[2]!, clock })
  const certify = certifier({
    log: studioLog,
    order: new BallotOrder(studioLog),
    store: store.polls,
    desk,
    signer: signingKeys,
    heads: { last: async () => undefined },
    clock,
    freeBytes: () => Number.POSITIVE_INFINITY,
    // In a cluster this is time: so much of it that each ingest has heard, and has answered what it had let in.
    settled: async ({ show, poll }) => {
      for (const { directory, casts } of ingests) {
        while (directory.poll(show, poll).poll.sealing === undefined) await scheduler.turn('not heard')
        await new Promise<void>((none) => casts.whenNone(`${show}/${poll}`, none))
      }
    },
  })

  const receipts: Receipt[] = []
  for (const [voter, at, choice] of CASTS) {
    done.push(
      scheduler.turn(`cast ${voter} ${choice}`).then(async () => {
        try {
          receipts.push(
            JSON.parse(await WAYS[at](ingests[at]!.route, voter, JSON.stringify({ choice }))) as Receipt,
          )
        } catch (cause) {
          if (!(cause instanceof RoarError)) throw cause
        }
      }),
    )
  }
  let certified = false
  const seal = async (): Promise<void> => {
    while (!certified) {
      await scheduler.turn('seal')
      if (clock.now() < closes) continue
      await changePoll({ show: 'final', poll: 'mvp', who: 'boss', action: 'seal', act: sealPoll, certify })
      certified = true
    }
  }
  done.push(seal())
  await scheduler.until(Promise.all(done), () => clock.advance(1))

  const ballots = (await memory.read('ballots', { partition: 0, offset: 0 }, 1000)).map(
    ({ value }) => JSON.parse(new TextDecoder().decode(value)) as Ballot,
  )
  const chunks = await store.polls.leafIndex('final', 'mvp')
  const leaves = await Promise.all(chunks.map((_, i) => store.polls.leaves('final', 'mvp', i)))
  return {
    receipts,
    ballots,
    certificate: (await store.polls.certificate('final', 'mvp'))!,
    sealed: leaves.flatMap((chunk) => chunk!.ballots),
    poll: directories[2]!.poll('final', 'mvp').poll,
    trace: scheduler.trace,
  }
}

/** The log as one process sees it: what it writes, and what it hears, waits for its turn. */
function seenBy(name: string, log: MemoryLog, scheduler: Scheduler): Log {
  const turn = (what: string, topic: LogTopic) => scheduler.turn(`${name} ${what} ${topic}`)
  return {
    async append(topic, records) {
      await turn('writes', topic)
      const places = await log.append(topic, records)
      await turn('is confirmed', topic)
      return places
    },
    consume: (topic, handle, options) =>
      log.consume(
        topic,
        async (batch, isCurrent) => {
          await turn('hears', topic)
          await handle(batch, isCurrent)
        },
        options,
      ),
    async read(topic, from, count) {
      await turn('reads', topic)
      return log.read(topic, from, count)
    },
    async ends(topic) {
      await turn('asks', topic)
      return log.ends(topic)
    },
    state: () => log.state(),
    onState: (listener) => log.onState(listener),
    close: () => log.close(),
  }
}

const RULES = {
  ...FIRST_COUNTS,
  choices: ['anna', 'ben', 'cleo'].map((choice) => ({ choice, title: choice })),
  change: true,
  opens: NOW,
}

/** What a vote's route asks for, of a viewer whom nothing limits. */
const params = { show: 'final', poll: 'mvp' }
/** One ingest takes votes as requests, the other in its fast lane. */
const WAYS = [
  async ({ handler }: ReturnType<typeof voteRoute>, key: string, body: string): Promise<string> =>
    ((await handler({ params, key, body } as never, {} as never)) as Response).text(),
  async ({ inLane }: ReturnType<typeof voteRoute>, authorization: string, body: string): Promise<string> =>
    (await inLane.answer({ params, authorization, body, address: () => '' }))!.body,
] as const

const contextOf = (directory: ShowDirectory, clock: Clock) =>
  ({
    directory,
    clock,
    identity: {
      viewerOf: async (request: { key: string }) => request,
      viewerAtOnce: (key: string) => ({ key }),
    },
    bodies: { json: async (request: { body: string }) => JSON.parse(request.body) },
    gate: { address() {}, addressOf() {}, viewer() {} },
    counters: { ballots: 0 },
    settings: { onLoopback: true, loopbackUnlimited: true },
  }) as never
