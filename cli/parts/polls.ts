import { Casts } from '../../engine/polls/casts.ts'
import { RateLimit } from '../../engine/rate-limit.ts'
import { BallotBox } from '../../services/ingest/ballot-box.ts'
import { Quarantine } from '../../services/ingest/quarantine.ts'
import { VOTE_SETTINGS } from '../../services/ingest/settings.ts'
import { shareSightings } from '../../services/ingest/shared-sightings.ts'
import { keepSuspects } from '../../services/ingest/suspects.ts'
import { BallotOrder } from '../../services/polls/ballot-order.ts'
import { watchBallotsEnd } from '../../services/polls/ballots-end.ts'
import { watchClock } from '../../services/polls/clock-watch.ts'
import { startPollDesk } from '../../services/polls/desk.ts'
import { keepHeads } from '../../services/polls/head-keeper.ts'
import { PollHeads } from '../../services/polls/heads.ts'
import { followLogClock, ownClock } from '../../services/polls/log-clock.ts'
import { PollKeys } from '../../services/polls/poll-keys.ts'
import { PollsSeen } from '../../services/polls/polls-seen.ts'
import { Proofs } from '../../services/polls/proofs.ts'
import { startPollPublisher } from '../../services/polls/publisher.ts'
import { pollRoutes } from '../../services/polls/routes.ts'
import { WITNESS_SETTINGS, witnessOf } from '../../services/polls/settings.ts'
import { SigningKeys, signatureVerifier } from '../../services/polls/signing-keys.ts'
import { startTally } from '../../services/polls/tally.ts'
import { Witnesses } from '../../services/polls/witnesses.ts'
import { jointHealth } from '../../services/supervision/joint-health.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { namesOf } from '../../settings/setting.ts'
import { type Part, part } from '../assembly/part.ts'
import { gauge, tallyMetrics } from '../metrics.ts'

/** Compares the store with the log beside it, before anything is written to either. */
export const pollsSeen = part({
  name: 'polls-seen',
  needs: ['folder', 'store', 'log'],
  async open({ folder, store, log }) {
    const seen = new PollsSeen(folder.file('polls-seen.json'))
    const fault = await seen.fault({ store: store.polls, log })
    if (fault !== undefined) throw new ConfigError('store', fault)
    return { thing: seen, close: () => seen.close() }
  },
})

/** The keys that hash voters, and those that sign. @param options.shared Whether other processes use the same store. */
const keysOf = ({ shared }: { shared: boolean }): Part =>
  part({
    name: 'keys',
    needs: ['store', 'directory', 'log-clock'],
    reports: true,
    async open({ store, directory, 'log-clock': clock, health }) {
      const signingKeys = await SigningKeys.open({ store: store.polls, clock, shared, health })
      const keys = new PollKeys(store.polls)
      // Deleting a poll's voters is published as a change of the poll: whoever holds the key then reads it again.
      const unfollow = directory.followPolls(({ poll }) => keys.ask(poll.show, poll.poll))
      return {
        thing: { keys, signingKeys },
        close() {
          unfollow()
          signingKeys.close()
        },
      }
    },
  })
export const ownKeys = keysOf({ shared: false })
export const sharedKeys = keysOf({ shared: true })

/** The single order of all ballots. */
export const order = part({
  name: 'order',
  needs: ['log'],
  reads: ['cuts'],
  writes: ['cuts'],
  open: ({ log }) => ({ thing: new BallotOrder(log) }),
})

/** Signed tree heads over polls' ballots. */
export const heads = part({
  name: 'heads',
  settings: namesOf(WITNESS_SETTINGS),
  needs: ['log', 'log-clock', 'order', 'store', 'keys'],
  reads: ['ballots'],
  open({ log, 'log-clock': clock, order, store, keys: { signingKeys }, config, logger }) {
    const witnesses = new Witnesses(
      config.witnesses.map((text) => witnessOf(text)!),
      logger,
    )
    return {
      thing: new PollHeads({ log, order, store: store.polls, signingKeys, witnesses, clock, logger }),
    }
  },
})

/** The time of a log within this process. */
export const ownLogClock = part({
  name: 'log-clock',
  needs: ['log'],
  open: ({ clock }) => ({ thing: ownClock(clock) }),
})

/** The time of a cluster's log. It is asked before anything goes by it: a quiet log says nothing by itself. */
export const sharedLogClock = part({
  name: 'log-clock',
  needs: ['log'],
  reads: ['control', 'tallies'],
  writes: ['sightings'],
  reports: true,
  async open({ log, clock, logger, health }) {
    const followed = followLogClock({ log, clock, logger, health })
    try {
      await followed.ask()
    } catch (cause) {
      await followed.close()
      throw cause
    }
    return { thing: followed, close: () => followed.close() }
  },
})

/** The counts of every poll. */
export const desk = part({
  name: 'desk',
  needs: ['log', 'log-clock', 'directory'],
  reads: ['tallies', 'control'],
  writes: ['results'],
  reports: true,
  open({ log, 'log-clock': clock, directory, logger, health, tracing }) {
    const desk = startPollDesk({ log, directory, clock, logger, health, tracing })
    return { thing: desk, drain: () => desk.drain() }
  },
})

/** Accepts votes. It first reads the existing ballots, and becomes ready after that; everything else runs meanwhile. */
export const votes = part({
  name: 'votes',
  settings: namesOf(VOTE_SETTINGS),
  needs: ['log', 'log-clock', 'store', 'directory', 'keys'],
  uses: ['folder', 'heads'],
  reads: ['requests'],
  writes: ['ballots'],
  serves: ['votes'],
  reports: true,
  async open({ log, store, directory, keys: { keys, signingKeys }, folder, heads, ...given }) {
    const { config, clock, logger, health } = given
    const { end, ballots, decisions, time } = jointHealth(health, ['end', 'ballots', 'decisions', 'time'])
    const ballotsEnd = await watchBallotsEnd({ log, store: store.polls, clock, health: end })
    const verify = () => signatureVerifier(signingKeys.publicSet())
    const papers = (show: string, poll: string) => directory.poll(show, poll).paper
    const proofs = new Proofs(store.polls)
    const box = new BallotBox({
      ...{ log, clock, signer: signingKeys, papers, verify, logger, refusal: () => ballotsEnd.missing },
      health: ballots,
      isForgotten: (show, poll) => directory.isForgotten(show, poll),
      certified: {
        isSealed: (show, poll) => directory.isOver(show, poll),
        placeOf: (...ballot) => proofs.placeOf(...ballot),
      },
      decisions: directory,
      decisionsHealth: decisions,
      leaves: heads?.fresh,
      askTime: given['log-clock'].ask,
      votersFile: folder?.file('voters'),
    })
    // Also before there is a ballot: a clock that is behind would not see that the poll is open.
    given['log-clock'].follow((takenMs) => box.heard(takenMs))
    const unfollow = directory.followPolls(({ poll: { show, poll } }) => {
      if (directory.isForgotten(show, poll)) box.forget(show, poll)
    })
    // Fails only if the log is closed before it was read to the end.
    const ready = box.start().catch(() => {})
    const quarantine = new Quarantine({
      threshold: config['quarantine-percent'] / 100,
      perSecond: config['network-per-second'],
      burst: config['network-burst'],
    })
    const stopKeeping = keepSuspects({ quarantine, store: store.polls, keys, clock, logger })
    return {
      thing: {
        box,
        casts: new Casts(),
        ready,
        keys,
        quarantine,
        issuers: new RateLimit({ perSecond: config['issuer-per-second'], burst: config['issuer-burst'] }),
      },
      metrics: [
        gauge(
          'clock_off_seconds',
          "How far the machine's clock has jumped from the one that votes go by",
          () => clock.offMs() / 1000,
        ),
      ],
      async drain() {
        unfollow()
        await box.drain()
        await stopKeeping()
        await ballotsEnd.close()
      },
      close: watchClock({
        ...{ clock, directory, health: time, logger },
        isRight: () => box.machineIsRight,
        fault: () => box.clockFault,
      }),
    }
  },
})

/** In a cluster a vote farm spreads over all ingests: each reads what the others see. */
export const sightings = part({
  name: 'sightings',
  needs: ['votes', 'log', 'identity'],
  writes: ['sightings'],
  reports: true,
  open({ votes, log, identity, clock, logger, health }) {
    const hashOf = (text: string) => identity.hashOf(text)
    const stop = shareSightings({ log, quarantine: votes.quarantine, hashOf, clock, logger, health })
    return { thing: undefined, drain: stop }
  },
})

/** What viewers ask about polls. */
export const pollCalls = part({
  name: 'poll-calls',
  needs: ['store', 'log', 'directory', 'identity', 'bodies', 'keys', 'order', 'heads', 'desk', 'votes'],
  reads: ['requests'],
  open: ({ store, votes, keys, ...given }) => ({
    thing: undefined,
    routes: pollRoutes({ ...given, ...keys, store: store.polls, box: votes.box }),
  }),
})

/** Counts ballots in this process. Reading millions takes a while; votes are accepted first. */
export const tally = part({
  name: 'tally',
  settings: ['window-ms'],
  needs: ['log', 'directory'],
  uses: ['votes'],
  reads: ['ballots'],
  writes: ['tallies'],
  neededFor: ['packets'],
  reports: true,
  open({ log, directory, votes, config, clock, logger, health, tracing }) {
    const tally = startTally({
      log,
      clock,
      logger,
      everyMs: config['window-ms'],
      ...(votes && { after: votes.ready }),
      skip: (show, poll) => directory.isOver(show, poll),
      health,
      tracing,
    })
    return { thing: undefined, metrics: tallyMetrics(tally), drain: () => tally.drain() }
  },
})

/** Publishes the results of polls, while this process is the one that publishes. */
export const results = part({
  name: 'results',
  settings: ['window-ms'],
  needs: ['desk', 'heads', 'pubsub', 'directory', 'deliver', 'log-clock'],
  uses: ['votes'],
  reads: ['results', 'control'],
  writes: ['packets'],
  open({ desk, heads, directory, deliver, votes, config, 'log-clock': clock, logger }) {
    const works = deliver.isActive
    const after = votes && { after: votes.ready }
    const stop = keepHeads({ heads, desk, directory, clock, logger, works, ...after })
    const publisher = startPollPublisher({
      ...{ desk, directory, clock, works },
      pubsub: deliver.pubsub,
      everyMs: config['window-ms'],
      newestHead: (show, poll) => heads.newest(show, poll),
    })
    return {
      thing: undefined,
      async drain() {
        await stop()
        publisher.drain()
      },
    }
  },
})
