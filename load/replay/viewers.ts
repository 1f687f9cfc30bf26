import type { GuestAnswer } from '../../protocol/packets.ts'
import { LoadError } from '../find-show.ts'
import { codeOf } from '../tally.ts'
import { tokenSigner } from '../votes-plan.ts'

const TOKEN_TTL_S = 86_400
const GUEST_TIMEOUT_MS = 10_000
const RETRY_MS = 200
const GIVE_UP_MS = 30_000

/** Creates a viewer, of a segment if the server accepts one: `name` is shown in the feed. Resolves to the viewer's token. */
export type MakeViewer = (name: string, segment: string) => Promise<string>

/** Viewers whose tokens are signed here, as the site's own sign-in would. Ids differ between runs. */
export function signedViewers(secret: Uint8Array): MakeViewer {
  const run = `replay-${crypto.randomUUID()}`
  const sign = tokenSigner(secret)
  let number = 0
  return async (name, segment) => {
    const exp = Math.floor(Date.now() / 1000) + TOKEN_TTL_S
    return sign({ sub: `${run}-${number++}`, exp, name, ...(segment !== '' && { segment }) })
  }
}

/** Guests, created by the server, without a segment. @throws LoadError if the server accepts no guests */
export const guestViewers =
  (url: string): MakeViewer =>
  async (name) => {
    for (const giveUpMs = performance.now() + GIVE_UP_MS; ; await Bun.sleep(RETRY_MS)) {
      const response = await fetch(new URL('/v1/viewers', url), {
        method: 'POST',
        body: JSON.stringify({ name }),
        signal: AbortSignal.timeout(GUEST_TIMEOUT_MS),
      })
      if (response.status === 201) return ((await response.json()) as GuestAnswer).token
      const code = codeOf(response.status, await response.text())
      if (response.status !== 429 || performance.now() > giveUpMs)
        throw new LoadError(
          `${url} issues no guest tokens (${code}): give a secret to sign tokens for viewers`,
        )
    }
  }
