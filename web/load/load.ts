import { type Backoff, backoffMs } from '../../protocol/backoff.ts'

const RETRY: Backoff = { firstMs: 1_000, maxMs: 30_000 }
/**
 * A request that is never answered counts as failed: the browser's own limit is minutes. Doubles with each failure, since a slow
 * line is not dead and each attempt starts from the beginning.
 */
const LOAD_MS = 20_000
const LOAD_MS_MAX = 320_000

/** Failures by address; no more than there are scripts. */
const failures = new Map<string, number>()

/**
 * One attempt to load one of Roar's late scripts. Firefox and Safari remember a failed import while the page is open, so after a
 * failure the script is requested with another query. It may import nothing itself, as that would be remembered too. @throws what
 * the import throws, `TimeoutError` after 20 s, and twice as long after each failure
 */
export async function loadOnce<Script>(address: string): Promise<Script> {
  const failed = failures.get(address) ?? 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new DOMException(`no answer from ${address}`, 'TimeoutError'))
    timer = setTimeout(fail, Math.min(LOAD_MS * 2 ** failed, LOAD_MS_MAX))
  })
  try {
    return await Promise.race([import(failed === 0 ? address : `${address}?again=${failed}`), late])
  } catch (cause) {
    failures.set(address, failed + 1)
    throw cause
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Loads a script, with retries at growing intervals up to 30 s, until it succeeds. The page works without it. @returns undefined
 * once `signal` is aborted.
 */
export async function load<Script>(
  address: string,
  { signal, onFailure }: { signal?: AbortSignal | undefined; onFailure?: () => void } = {},
): Promise<Script | undefined> {
  for (let failed = 0; !signal?.aborted; ) {
    try {
      const script = await loadOnce<Script>(address)
      return signal?.aborted ? undefined : script
    } catch (cause) {
      if (signal?.aborted) return undefined
      console.warn(`roar: ${address} cannot be loaded now`, cause)
      onFailure?.()
      failed++
      await pause(backoffMs(failed, RETRY, Math.random), signal)
    }
  }
  return undefined
}

/** Ends early if aborted, so that no timer or listener is left. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })
}
