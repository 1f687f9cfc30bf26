import type { ShowDocument } from '../../protocol/show.ts'
import type { IngestContext } from './context.ts'

/** Addresses in one document. Others are in the next one. */
const ADDRESSES_MAX = 16

/**
 * Where a viewer connects: to the edges with room, as deliver last named them, each with its weight; if none has announced
 * itself, or none has room, to the settings' addresses; else to the address that the viewer used.
 */
export function whereToConnect(
  { edges, settings, ownAddress }: Pick<IngestContext, 'edges' | 'settings' | 'ownAddress'>,
  request: Request,
  random: () => number = Math.random,
): Pick<ShowDocument, 'pubsub' | 'weight' | 'jitterMs'> {
  const fleet = edges()
  const named = (fleet?.edges ?? []).flatMap(({ urls, weight }) => urls.map((url) => ({ url, weight })))
  const from = Math.floor(random() * named.length)
  const chosen = [...named.slice(from), ...named.slice(0, from)].slice(0, ADDRESSES_MAX)
  if (fleet === undefined || chosen.length === 0)
    return { pubsub: settings.pubsub.length > 0 ? settings.pubsub : [ownAddress(request)] }
  return {
    pubsub: chosen.map(({ url }) => url),
    weight: chosen.map(({ weight }) => weight),
    jitterMs: fleet.jitterMs,
  }
}
