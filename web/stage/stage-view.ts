import type { ShowDocument } from '../../sdk/src/index.ts'
import type { Player } from '../../sdk/src/player/index.ts'
import { element } from '../dom/element.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { pictureAt } from '../stickers/picture.ts'
import type { Say } from '../words/words.ts'
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

/**
 * What is on a show's stage: its video; of the demo show the scripted final; of any other its name. What plays it is loaded once
 * it is wanted, and where that does not come the stage stays empty.
 */
export class StageView {
  readonly #options: StageViewOptions
  #staged: { video: Video | undefined; playing: () => Playing | undefined; clear: () => void } | undefined

  constructor(options: StageViewOptions) {
    this.#options = options
  }

  /** What knows the programme time of the picture; undefined where nothing does. */
  get player(): Player | undefined {
    return this.#staged?.playing()?.player
  }

  /** How far the picture is behind by what the show says, in milliseconds. */
  get delayMs(): number | undefined {
    return this.#staged?.video?.latencyMs
  }

  /** The document comes anew with every change; the picture goes on. */
  setShow(document: ShowDocument): void {
    const { video } = document
    if (this.#staged !== undefined && this.#staged.video?.url === video?.url) {
      this.#staged.video = video
      return
    }
    this.clear()
    const staged = video ? this.#playStream(video) : this.#playOther(document)
    this.#staged = { video, ...staged }
  }

  clear(): void {
    this.#staged?.clear()
    this.#staged = undefined
    this.#options.host.replaceChildren()
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
    let wanted = true
    const play = async () => {
      const { playVideo }: typeof import('./video.ts') = await import(`${url}/video.js`)
      if (!wanted) return
      playing = playVideo(host, {
        ...{ address: pictureAt(address, url), poster: poster && pictureAt(poster, url), say },
        hls: () => import(`${url}/hls.js`),
      })
    }
    play().catch((cause) => missing('the video', cause))
    return {
      playing: () => playing,
      clear() {
        wanted = false
        playing?.stop()
      },
    }
  }

  /** The scripted final is much code that other shows never need. */
  #playFinal(colours: { home: string; away: string }): () => void {
    const { host, url, serverNow } = this.#options
    let wanted = true
    let close = () => {}
    const play = async () => {
      const { Stage }: typeof import('./stage.ts') = await import(`${url}/stage.js`)
      if (!wanted) return
      const final = new Stage({ host, colours, serverNow, still: reducedMotion })
      close = () => final.close()
    }
    play().catch((cause) => missing('the final', cause))
    return () => {
      wanted = false
      close()
    }
  }
}

/** Says to whoever looks for it what did not come: the page goes on without. */
const missing = (what: string, cause: unknown): void => console.warn(`roar: ${what} cannot be loaded`, cause)
