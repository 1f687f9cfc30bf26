import type { Player } from '../../sdk/src/player/index.ts'

/** A stream that stops is asked for again by whoever plays it; one that cannot be had at all is told in words. */
const FAILED = 'The picture cannot be played here. Taps and votes still count.'
/** What the page may load was said when it came: a stream from elsewhere needs the page anew. */
const RELOAD = 'There is a new picture. Load the page again to see it.'

export interface Playing {
  /** What knows the programme time of its picture; undefined where nothing does. */
  player: Player | undefined
  /** Takes it down. */
  stop: () => void
}

/**
 * Puts a show's stream on the stage. Loaded where a show has one: it shares no code with the page, which would load that first.
 * @param video The addresses of the stream and of what is seen until it plays. `hls` loads what plays a playlist where the browser does not.
 */
export function playVideo(
  host: HTMLElement,
  {
    address,
    poster,
    hls,
  }: { address: string; poster: string | undefined; hls: () => Promise<typeof import('./hls.ts')> },
): Playing {
  const screen = document.createElement('video')
  const note = document.createElement('p')
  screen.className = 'stage-video'
  note.className = 'stage-note'
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
  if (poster !== undefined) screen.poster = poster
  screen.addEventListener('playing', () => (note.hidden = true), { signal })
  screen.addEventListener('error', () => say(FAILED), { signal })
  document.addEventListener(
    'securitypolicyviolation',
    ({ blockedURI }) => address.startsWith(blockedURI) && say(RELOAD),
    { signal },
  )
  host.replaceChildren(screen, note)

  const playing: Playing = {
    player: hasStart(screen) ? screen : undefined,
    stop() {
      screen.removeAttribute('src')
      screen.load()
    },
  }
  if (!isPlaylist(address) || screen.canPlayType('application/vnd.apple.mpegurl') !== '') screen.src = address
  else {
    const play = async () => {
      const { playHls } = await hls()
      if (signal.aborted) return
      const played = playHls(screen, address, () => say(FAILED))
      if (played === undefined) say(FAILED)
      Object.assign(playing, played)
    }
    play().catch(() => {
      if (!signal.aborted) say(FAILED)
    })
  }
  return {
    get player() {
      return playing.player
    },
    stop() {
      listening.abort()
      playing.stop()
      host.replaceChildren()
    },
  }
}

/** Safari alone says when a stream began (HTML Living Standard, `getStartDate()`). */
const hasStart = (screen: HTMLVideoElement): screen is HTMLVideoElement & { getStartDate(): Date } =>
  'getStartDate' in screen

const isPlaylist = (address: string): boolean => new URL(address).pathname.endsWith('.m3u8')
