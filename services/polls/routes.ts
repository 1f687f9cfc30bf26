import { routesOf } from '../http/call/handler.ts'
import type { Routes } from '../http/routes.ts'
import { getBallots } from './calls/ballots.ts'
import { getCertificate } from './calls/certificate.ts'
import { getHeads } from './calls/heads.ts'
import { getKeys } from './calls/keys.ts'
import { getPoll } from './calls/poll.ts'
import { getProof } from './calls/proof.ts'
import { getCheckpoint, getTile } from './calls/tiles.ts'
import type { PollsContext } from './context.ts'
import { Proofs } from './proofs.ts'

/** What viewers read about polls: the poll, its heads, certificate, proofs, the public keys. */
export const POLL_CALLS = [
  getPoll,
  getCertificate,
  getProof,
  getBallots,
  getCheckpoint,
  getTile,
  getHeads,
  getKeys,
]

export const pollRoutes = (context: Omit<PollsContext, 'proofs'>): Routes =>
  routesOf(POLL_CALLS, { ...context, proofs: new Proofs(context.store) })
