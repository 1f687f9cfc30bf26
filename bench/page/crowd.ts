import { tokenSigner } from '../../load/votes-plan.ts'

const TAPS_MS = 100
const POSTS_MS = 400
/** Rough number of taps of each sticker in a burst; the demo show has all of them. */
export const CROWDS_STICKERS = { heart: 37, six: 21, fire: 13, wow: 8, clap: 5, cup: 2 }
const POSTERS = ['Ada Quill', 'Sami North', 'Noor Vale', 'Ben Ashby', 'Mira Reed', 'Ivo Moon']

/**
 * A crowd of some 1,000 taps and 2.5 posts a second, the same in every run: both sides, a different number in every window.
 * Returns a function that stops it. @param secret The server's, for its posters' tokens.
 */
export function startCrowd(url: string, show: string, secret: string): () => void {
  const sign = tokenSigner(new TextEncoder().encode(secret))
  const exp = Math.floor(Date.now() / 1000) + 3600
  const tokens = POSTERS.map((name, i) => sign({ sub: `poster-${i}`, name, exp }))
  const send = (path: string, body: object, token?: string) =>
    void fetch(`${url}/v1/shows/${show}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    }).catch(() => {})
  let turn = 0
  const tapping = setInterval(() => {
    turn++
    const stickers = Object.fromEntries(
      Object.entries(CROWDS_STICKERS).map(([sticker, count], i) => [sticker, count + ((turn * (i + 3)) % 7)]),
    )
    send('reactions', { stickers, segment: turn % 5 < 3 ? 'home' : 'away' })
  }, TAPS_MS)
  const posting = setInterval(
    () => send('posts', { sticker: turn % 2 ? 'six' : 'fire' }, tokens[turn % tokens.length]),
    POSTS_MS,
  )
  return () => {
    clearInterval(tapping)
    clearInterval(posting)
  }
}
