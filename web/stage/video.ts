import type { ShowDocument } from '../../sdk/src/index.ts'
import { element } from '../dom/element.ts'
import { pictureAt } from '../stickers/picture.ts'

/** A stream that stops is asked for again by whoever plays it; one that cannot be had at all is told in words. */
const FAILED = 'The picture cannot be played here. Taps and votes still count.'
/** What the page may load was said when it came: a stream from elsewhere needs the page anew. */
const RELOAD = 'There is a new picture. Load the page again to see it.'

type Video = NonNullable<ShowDocument['video']>

/** Puts a show's stream on the stage. Returns what takes it down. */
export function playVideo(host: HTMLElement, video: Video, url: string): () => void {
  const screen = element('video', 'stage-video')
  const note = element('p', 'stage-note')
  note.hidden = true
  const say = (words: string): void => {
    // A stream that the policy keeps out also fails, a moment later.
    if (note.textContent !== RELOAD) note.textContent = words
    note.hidden = false
  }
  const listening = new AbortController()
  const { signal } = listening
  screen.controls = true
  screen.playsInline = true
  // Browsers start no video that is heard before anybody touched the page.
  screen.muted = true
  screen.autoplay = true
  if (video.poster !== undefined) screen.poster = pictureAt(video.poster, url)
  screen.addEventListener('playing', () => (note.hidden = true), { signal })
  screen.addEventListener('error', () => say(FAILED), { signal })
  document.addEventListener(
    'securitypolicyviolation',
    ({ blockedURI }) => address.startsWith(blockedURI) && say(RELOAD),
    { signal },
  )
  host.replaceChildren(screen, note)

  const address = pictureAt(video.url, url)
  let stop = (): void => {
    screen.removeAttribute('src')
    screen.load()
  }
  if (!isPlaylist(address) || screen.canPlayType('application/vnd.apple.mpegurl') !== '') screen.src = address
  else {
    const play = async () => {
      const { playHls } = await import('./hls.ts')
      if (!signal.aborted) stop = playHls(screen, address, () => say(FAILED))
    }
    play().catch(() => {
      if (!signal.aborted) say(FAILED)
    })
  }
  return () => {
    listening.abort()
    stop()
    host.replaceChildren()
  }
}

const isPlaylist = (address: string): boolean => new URL(address).pathname.endsWith('.m3u8')
