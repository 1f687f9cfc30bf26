import type { Player } from '../../sdk/src/player/index.ts'
import type { Say } from '../words/words.ts'

export interface Playing {
  /** What knows the programme time of its picture; undefined where nothing does. */
  player: Player | undefined
  /** Takes it down. */
  stop: () => void
}

/**
 * Puts a show's stream on the stage. Loaded where a show has one: it shares no code with the page, which would load that first.
 * @param video The addresses of the stream and of what is seen until it plays. `hls` loads what plays a playlist where the browser does not, as long as it takes.
 *   Its argument hears of each failure.
 */
export function playVideo(
  host: HTMLElement,
  {
    address,
    poster,
    say,
    hls,
  }: {
    address: string
    poster: string | undefined
    say: Say
    hls: (onFailure: () => void) => Promise<typeof import('./hls.ts') | undefined>
  },
): Playing {
  const screen = document.createElement('video')
  const note = document.createElement('p')
  screen.className = 'stage-video'
  note.className = 'stage-note'
  note.hidden = true
  let keptOut = false
  const tell = (): void => {
    note.textContent = say(keptOut ? 'videoReload' : 'videoFailed')
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
  screen.addEventListener('error', tell, { signal })
  document.addEventListener(
    'securitypolicyviolation',
    ({ blockedURI }) => {
      if (!address.startsWith(blockedURI)) return
      // What the page may load was said when it came; such a stream also fails, a moment later.
      keptOut = true
      tell()
    },
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
      const loaded = await hls(tell)
      if (!loaded || signal.aborted) return
      const played = loaded.playHls(screen, address, tell)
      if (played === undefined) tell()
      Object.assign(playing, played)
    }
    void play()
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
