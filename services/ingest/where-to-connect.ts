import type { ShowDocument } from '../../protocol/show.ts'
import type { IngestContext } from './context.ts'

/** Addresses of one document. Others are in the next one. */
const ADDRESSES_MAX = 16

/**
 * Where a viewer connects: the edges with room, as deliver last named them, each with its weight; before any has said where
 * it is, and where none has room, what the settings say; else the address that the viewer asked.
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
