import type { Player } from '../../sdk/src/player/index.ts'
import { element } from '../dom/element.ts'
import { asItIs } from '../stage/as-it-is.ts'
import stageCss from '../stage/stage.css' with { type: 'text' }
import { StageView } from '../stage/stage-view.ts'
import { untoldMs } from '../stage/untold.ts'
import statusCss from '../status/status.css' with { type: 'text' }
import { StatusLine } from '../status/status-line.ts'
import stickersCss from '../stickers/stickers.css' with { type: 'text' }
import swarmCss from '../swarm/swarm.css' with { type: 'text' }
import { showCrowd } from './crowd.ts'
import { frameCss } from './frame.ts'
import { ListeningElement } from './listening-element.ts'
import { box, type Stay, sheetOf } from './roar-element.ts'
import type { Shared } from './shared-client.ts'

const sheet = sheetOf(stickersCss, statusCss, swarmCss, stageCss, frameCss)

/**
 * `<roar-stage url show delay-ms>`: the show's picture, 16:9, and the crowd over it. A player of the page's own goes inside the
 * element, replacing the show's stream.
 *
 * All elements of this server and show on the page are synchronised with the picture: they show nothing before it does. Its time
 * is
 * that of the show's stream; for a player inside, that of `player`, or `delay-ms` says how far it lags.
 */
export class RoarStage extends ListeningElement {
  static override readonly observedAttributes = ['url', 'show']
  /** Provides the programme time of the picture inside, as `@roar/client/player` accepts it: an hls.js, a function. */
  player: Player | undefined

  constructor() {
    super(sheet)
  }

  protected present(stay: Stay, shared: Shared): void {
    const { frame, url, show, words, signal, onShow, onSpeak } = stay
    const { client, serverNow } = shared
    const slot = element('slot')
    const view = box('picture', 'stage-view')
    const title = element('bdi', 'title')
    const statusHost = box('status')
    frame.classList.add('stage')
    frame.append(view, element('div', 'own', slot), element('header', 'stage-top', title, statusHost))
    const { say } = words
    const status = new StatusLine({ host: statusHost, say, onRetry: () => client.retry() })
    const stage = new StageView({ ...{ host: view, url, show, words, serverNow } })
    const sinceMs = performance.now()
    const isOwn = () => slot.assignedElements().length > 0
    let document = client.show()
    const showPicture = (): void => {
      frame.dataset.picture = isOwn() ? 'own' : 'show'
      if (isOwn() || document === undefined) stage.clear()
      else stage.setShow(document)
    }
    slot.addEventListener('slotchange', showPicture, { signal })
    let endTurns = () => {}
    onShow((told) => {
      title.textContent = told.title
      endTurns()
      endTurns = asItIs(told, serverNow, (now) => {
        document = now
        status.setOnAir(now.state === 'live')
        showPicture()
      })
    })
    onSpeak(() => {
      status.speak()
      stage.speak()
    })
    shared.setPicture(
      {
        player: () => (isOwn() ? this.player : stage.player),
        delayMs: () => this.#delayMs ?? (isOwn() || !client.show() ? untoldMs(sinceMs) : stage.delayMs),
      },
      signal,
    )
    client.on('status', (next) => status.show(next), { signal })
    client.on('viewers', ({ viewers }) => status.showWatching(viewers), { signal })
    status.show(client.status())
    showCrowd(stay, shared, { layer: this.shadowRoot!, over: this })
    signal.addEventListener('abort', () => {
      endTurns()
      stage.clear()
      status.close()
    })
  }

  get #delayMs(): number | undefined {
    const ms = Number(this.getAttribute('delay-ms') ?? Number.NaN)
    return Number.isFinite(ms) && ms >= 0 ? ms : undefined
  }
}
