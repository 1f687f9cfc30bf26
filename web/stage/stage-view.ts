import type { ShowDocument } from '../../sdk/src/index.ts'
import { type Player, programmeTime } from '../../sdk/src/player/index.ts'
import { setText } from '../dom/change.ts'
import { element } from '../dom/element.ts'
import { languageOf } from '../dom/language.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { isSlow } from '../dom/together.ts'
import { load } from '../load/load.ts'
import { pictureAt } from '../stickers/picture.ts'
import type { Say, Words } from '../words/words.ts'
import { untoldMs } from './untold.ts'
import type { Playing } from './video.ts'

/** The show whose match is scripted. */
const SCRIPTED_SHOW = 'final'

export interface StageViewOptions {
  host: HTMLElement
  url: string
  show: string
  words: Words
  /** Server time, so that every viewer sees the same ball. */
  serverNow(): number
}

type Video = NonNullable<ShowDocument['video']>

/** As in a programme guide: day and hour in this device's time zone. */
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
 * What is on a show's stage: its video; for the demo show the scripted final; for any other its name. The code that plays it is
 * loaded on demand; until then the stage is empty.
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

  /** The source of the picture's programme time; undefined if there is none. */
  get player(): Player | undefined {
    return this.#staged?.playing()?.player
  }

  /** The picture's delay in milliseconds if its player does not report it: from the show, see `untoldMs`. */
  get delayMs(): number | undefined {
    const { video, sinceMs } = this.#staged ?? {}
    return video && (video.latencyMs ?? untoldMs(sinceMs!))
  }

  /** Whether its delay is still unknown: until then no viewer is reported to know it. */
  get isUntold(): boolean {
    const video = this.#staged?.video
    return video !== undefined && video.latencyMs === undefined && programmeTime(this.player) === undefined
  }

  /** A new document arrives with every change; the picture keeps playing. */
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

  /** Renders again, in the current language, that the show has not begun or is over. */
  speak(): void {
    const words = this.#document && turnWords(this.#document, this.#options.words.say)
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
    const { host, url, words } = this.#options
    let playing: Playing | undefined
    const closing = new AbortController()
    const { signal } = closing
    const play = async () => {
      const loaded = await load<typeof import('./video.ts')>(`${url}/video.js`, { signal })
      playing = loaded?.playVideo(host, {
        ...{ address: pictureAt(address, url), poster: poster && pictureAt(poster, url), words },
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

  /** The scripted final is a large script that other shows never need. */
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
