import type { Player } from '../../sdk/src/player/index.ts'
import { enVideo } from '../words/en-video.ts'
import type { Words } from '../words/words.ts'

export interface Playing {
  /** The source of the picture's programme time; undefined if there is none. */
  player: Player | undefined
  /** Removes it from the stage. */
  stop: () => void
}

/**
 * Puts a show's stream on the stage. Loaded if a show has one, as a script bundled by itself: code shared with the page
 * would be loaded twice.
 * @param video The addresses of the stream and of its poster. `hls` loads the script for playlists if the browser cannot play
 * them, however long that takes; its argument is called with each failure.
 */
export function playVideo(
  host: HTMLElement,
  {
    address,
    poster,
    words,
    hls,
  }: {
    address: string
    poster: string | undefined
    words: Pick<Words, 'say' | 'learn'>
    hls: (onFailure: () => void) => Promise<typeof import('./hls.ts') | undefined>
  },
): Playing {
  words.learn(enVideo)
  const screen = document.createElement('video')
  const note = document.createElement('p')
  screen.className = 'stage-video'
  note.className = 'stage-note'
  note.hidden = true
  let keptOut = false
  const tell = (): void => {
    note.textContent = words.say(keptOut ? 'videoReload' : 'videoFailed')
    note.hidden = false
  }
  const listening = new AbortController()
  const { signal } = listening
  screen.controls = true
  screen.playsInline = true
  // Browsers do not autoplay video with sound before the page was touched.
  screen.muted = true
  screen.autoplay = true
  if (poster !== undefined) screen.poster = poster
  screen.addEventListener('playing', () => (note.hidden = true), { signal })
  screen.addEventListener('error', tell, { signal })
  document.addEventListener(
    'securitypolicyviolation',
    ({ blockedURI }) => {
      if (!address.startsWith(blockedURI)) return
      // The page's policy was fixed when it loaded; a blocked stream also reports a failure, a moment later.
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

/** Only Safari reports a stream's start date (HTML Living Standard, `getStartDate()`). */
const hasStart = (screen: HTMLVideoElement): screen is HTMLVideoElement & { getStartDate(): Date } =>
  'getStartDate' in screen

const isPlaylist = (address: string): boolean => new URL(address).pathname.endsWith('.m3u8')
