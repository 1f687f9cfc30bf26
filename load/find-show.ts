import type { ShowDocument } from '../protocol/show.ts'
import { resolveTarget, type Target } from './target.ts'
import { whyUnreachable } from './why-unreachable.ts'

/** The run could not begin; the message is one sentence for the terminal. */
export class LoadError extends Error {}

/** Where the taps go, where the viewers connect, and what may be tapped. */
export interface Place {
  show: ShowDocument
  http: Target
  /** Further servers that accept taps. */
  others: Target[]
  pubsub: Target[]
}

/** Fetches the show and resolves the address of every server that it names. @throws LoadError */
export async function findShow({
  url,
  others = [],
  show,
}: {
  url: string
  others?: string[]
  show: string
}): Promise<Place> {
  const http = await reach(url)
  let response: Response
  try {
    response = await fetch(new URL(`/v1/shows/${show}`, url), { signal: AbortSignal.timeout(10_000) })
  } catch (cause) {
    throw new LoadError(`${url} does not answer: ${(cause as Error).message}`, { cause })
  }
  if (response.status === 404) throw new LoadError(`${url} has no show "${show}"`)
  if (!response.ok) throw new LoadError(`${url} answers ${response.status} when asked for the show "${show}"`)
  const document = await readShow(response, url)
  const pubsub = await Promise.all(document.pubsub.map(reach))
  return { show: document, http, others: await Promise.all(others.map(reach)), pubsub }
}

async function readShow(response: Response, url: string): Promise<ShowDocument> {
  const document = (await response.json().catch(() => undefined)) as Partial<ShowDocument> | undefined
  const { stickers, pubsub, windowMs } = document ?? {}
  if (!stickers?.length || !pubsub?.length || !windowMs)
    throw new LoadError(`${url} is not a Roar server: its show lacks stickers, pubsub or windowMs`)
  return document as ShowDocument
}

async function reach(url: string): Promise<Target> {
  try {
    return await resolveTarget(url)
  } catch (cause) {
    throw new LoadError(`${url} cannot be reached: ${whyUnreachable(cause)}`, { cause })
  }
}
