import { LEAVES_PER_CHUNK } from '../../adapters/store/polls.ts'
import { publicOf } from '../../engine/polls/public-recount.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Certificate, CertificateStatement } from '../../protocol/polls.ts'
import { publicLineOf } from '../../protocol/public-ballots.ts'
import { sha256 } from '../sha256.ts'
import { ballotsAt, type Placed } from './ballot-at.ts'
import { certificateOf } from './calls/certificate.ts'
import type { PollsContext } from './context.ts'

/** Caching of a sealed poll's ballots: they never change. */
export const PUBLISHED_CACHE = 'public, max-age=31536000, immutable'

/**
 * The certificate of a poll whose ballots are public.
 * @throws RoarError not_sealed, not_published, store_unavailable
 */
export async function publishedOf(context: PollsContext, show: string, id: string): Promise<Certificate> {
  const certificate = await certificateOf(context, show, id)
  const { publish = true, forgotten } = context.directory.poll(show, id).poll
  if (!publish) throw new RoarError('not_published', 'the poll does not publish its ballots')
  // While the key exists, its holder could find each voter's answer here.
  if (forgotten === undefined || (await context.store.voterKey(show, id)) !== undefined)
    throw new RoarError('not_published', 'its voters are not forgotten yet')
  return certificate
}

/**
 * Ballots of a sealed poll, in the order of its tree: those of one chunk of leaves.
 * @param chunk Must exist.
 * @throws RoarError not_published for a poll that an older program sealed, and if the store lacks part of the chunk;
 * log_unavailable, store_unavailable
 */
export async function ballotsOfChunk(
  { store, log }: Pick<PollsContext, 'store' | 'log'>,
  { show, poll, ballots }: Pick<CertificateStatement, 'show' | 'poll' | 'ballots'>,
  chunk: number,
): Promise<Placed[]> {
  const places = (await store.leaves(show, poll, chunk))?.places ?? []
  if (places.length !== Math.min(LEAVES_PER_CHUNK, ballots - chunk * LEAVES_PER_CHUNK))
    throw new RoarError(
      'not_published',
      'the poll was sealed by an older version, which did not keep the positions of its ballots',
    )
  return ballotsAt(log, places)
}

/** Ballots in public form: a JSON object a line. */
export function linesOf(placed: readonly Placed[], { segments }: CertificateStatement): string {
  const published = new Set(Object.keys(segments))
  return placed
    .map(({ ballot, place }) => `${publicLineOf(publicOf(sha256, ballot, { place, segments: published }))}\n`)
    .join('')
}
