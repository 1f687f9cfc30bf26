import type { ShowDocument } from '../../sdk/src/index.ts'
import { type Player, programmeTime } from '../../sdk/src/player/index.ts'
import { setText } from '../dom/change.ts'
import { element } from '../dom/element.ts'
import { languageOf } from '../dom/language.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { isSlow } from '../dom/together.ts'
import { load } from '../load/load.ts'
import { pictureAt } from '../stickers/picture.ts'
import type { Say } from '../words/words.ts'
import { untoldMs } from './untold.ts'
import type { Playing } from './video.ts'

/** The show whose match is played by script. */
const SCRIPTED_SHOW = 'final'

export interface StageViewOptions {
  host: HTMLElement
  url: string
  show: string
  say: Say
  /** The server's time, so that every viewer sees the same ball. */
  serverNow(): number
}

type Video = NonNullable<ShowDocument['video']>

/** As a programme says it: the day and the hour, by this device's place. */
const TIME: Intl.DateTimeFormatOptions = {
  ...{ weekday: 'short', day: 'numeric', month: 'short' },
  ...{ hour: 'numeric', minute: '2-digit' },
}

function turnWords({ state, starts, language }: ShowDocument, say: Say): string | undefined {
  if (state === 'ended') return say('showEnded')
  if (state === 'live') return undefined
  if (starts === undefined) return say('showSoon')
  return say('showBegins', { time: new Intl.DateTimeFormat(languageOf(language).tag, TIME).format(starts) })
}

/**
 * What is on a show's stage: its video; of the demo show the scripted final; of any other its name. What plays it is loaded once
 * it is wanted; until that comes the stage is empty.
 */
export class StageView {
  readonly #options: StageViewOptions
  readonly #turn = element('p', 'stage-note')
  #document: ShowDocument | undefined
  #staged:
    | { video: Video | undefined; sinceMs: number; playing: () => Playing | undefined; clear: () => void }
    | undefined

  constructor(options: StageViewOptions) {
    this.#options = options
    this.clear()
  }

  /** What knows the programme time of the picture; undefined where nothing does. */
  get player(): Player | undefined {
    return this.#staged?.playing()?.player
  }

  /** How far the picture is behind where its player does not say, in milliseconds: by what the show says, see `untoldMs`. */
  get delayMs(): number | undefined {
    const { video, sinceMs } = this.#staged ?? {}
    return video && (video.latencyMs ?? untoldMs(sinceMs!))
  }

  /** Whether its delay is yet to be told: until then nobody is told that it is known. */
  get isUntold(): boolean {
    const video = this.#staged?.video
    return video !== undefined && video.latencyMs === undefined && programmeTime(this.player) === undefined
  }

  /** The document comes anew with every change; the picture goes on. */
  setShow(document: ShowDocument): void {
    const { video } = document
    if (this.#staged !== undefined && this.#staged.video?.url === video?.url) this.#staged.video = video
    else {
      this.clear()
      const staged = video ? this.#playStream(video) : this.#playOther(document)
      this.#staged = { video, sinceMs: performance.now(), ...staged }
    }
    this.#document = document
    this.speak()
  }

  clear(): void {
    this.#staged?.clear()
    this.#staged = undefined
    this.#document = undefined
    this.#options.host.replaceChildren(this.#turn)
    this.speak()
  }

  /** Says anew, in the language as it is now, that the show has yet to begin, or is over. */
  speak(): void {
    const words = this.#document && turnWords(this.#document, this.#options.say)
    this.#turn.hidden = words === undefined
    setText(this.#turn, words ?? '')
  }

  #playOther({ title, segments }: ShowDocument): { playing: () => undefined; clear: () => void } {
    const playing = () => undefined
    if (this.#options.show === SCRIPTED_SHOW) {
      const [home = '#ff9a2e', away = '#4f8dff'] = segments.map(({ colour }) => colour)
      return { playing, clear: this.#playFinal({ home, away }) }
    }
    this.#options.host.append(element('p', 'stage-name', element('bdi', '', title)))
    return { playing, clear: () => {} }
  }

  #playStream({ url: address, poster }: Video): { playing: () => Playing | undefined; clear: () => void } {
    const { host, url, say } = this.#options
    let playing: Playing | undefined
    const closing = new AbortController()
    const { signal } = closing
    const play = async () => {
      const loaded = await load<typeof import('./video.ts')>(`${url}/video.js`, { signal })
      playing = loaded?.playVideo(host, {
        ...{ address: pictureAt(address, url), poster: poster && pictureAt(poster, url), say },
        hls: (onFailure) => load(`${url}/hls.js`, { signal, onFailure }),
      })
    }
    void play()
    return {
      playing: () => playing,
      clear() {
        closing.abort()
        playing?.stop()
      },
    }
  }

  /** The scripted final is much code that other shows never need. */
  #playFinal(colours: { home: string; away: string }): () => void {
    const { host, url, serverNow } = this.#options
    const closing = new AbortController()
    const { signal } = closing
    const play = async () => {
      const loaded = await load<typeof import('./stage.ts')>(`${url}/stage.js`, { signal })
      if (!loaded) return
      const final = new loaded.Stage({ host, url, colours, serverNow, still: reducedMotion, isSlow })
      signal.addEventListener('abort', () => final.close())
    }
    void play()
    return () => closing.abort()
  }
}
