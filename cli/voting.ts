import type { Logger } from 'pino'
import type { Clock } from '../adapters/clock/clock.ts'
import type { Log } from '../adapters/log/log.ts'
import type { Store } from '../adapters/store/store.ts'
import { Casts } from '../engine/polls/casts.ts'
import { RateLimit } from '../engine/rate-limit.ts'
import type { ShowDirectory } from '../services/directory/directory.ts'
import { BallotBox } from '../services/ingest/ballot-box.ts'
import { Quarantine } from '../services/ingest/quarantine.ts'
import type { VoteOptions } from '../services/ingest/votes.ts'
import { type PollDesk, startPollDesk } from '../services/polls/desk.ts'
import { PollKeys } from '../services/polls/poll-keys.ts'
import { SigningKeys, signatureVerifier } from '../services/polls/signing-keys.ts'
import type { Health } from '../services/supervision/supervisor.ts'
import type { Config } from './settings.ts'

/** What every process that has to do with votes needs: the keys of voters, those that sign, and the counts. */
export interface Voting {
  keys: PollKeys
  signingKeys: SigningKeys
  desk: PollDesk
  drain(): Promise<void>
}

/** @param options.shared Whether other processes work on the same store. */
export async function openVoting({
  store,
  log,
  directory,
  clock,
  logger,
  shared,
}: {
  store: Store
  log: Log
  directory: ShowDirectory
  clock: Clock
  logger: Logger
  shared: boolean
}): Promise<Voting> {
  const keys = new PollKeys(store.polls)
  // Forgetting a poll's voters is told like any change of it: whoever has had the key asks for it again.
  const unfollow = directory.followPolls(({ poll }) => keys.ask(poll.show, poll.poll))
  const signingKeys = await SigningKeys.open({ store: store.polls, clock, logger, shared })
  const desk = startPollDesk({ log, directory, clock, logger })
  return {
    keys,
    signingKeys,
    desk,
    async drain() {
      unfollow()
      signingKeys.close()
      await desk.drain()
    },
  }
}

/** What takes votes. The box begins to read the ballots of before, until it is `ready`, while everything else goes on. */
export function openBox({
  config,
  log,
  clock,
  voting: { keys, signingKeys },
  health,
}: {
  config: Config
  log: Log
  clock: Clock
  voting: Voting
  health: Health
}): VoteOptions & { ready: Promise<void> } {
  const box = new BallotBox({
    log,
    clock,
    signer: signingKeys,
    verify: () => signatureVerifier(signingKeys.publicSet()),
  })
  const onFault = (cause: unknown) => health.failed(cause)
  return {
    box,
    casts: new Casts(),
    ready: box.start({ onFault }).then(() => health.working(), onFault),
    keys,
    quarantine: new Quarantine({ threshold: config['quarantine-percent'] / 100 }),
    issuers: new RateLimit({ perSecond: config['issuer-per-second'], burst: config['issuer-burst'] }),
  }
}
