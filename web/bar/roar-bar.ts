import { connect, type Roar, type Status } from '../../sdk/src/index.ts'
import { Audience } from '../audience/audience.ts'
import { element } from '../dom/element.ts'
import barCss from '../elements/roar-bar.css' with { type: 'text' }
import { box, RoarElement, type Stay, sheetOf } from '../elements/roar-element.ts'
import { define } from '../elements/tag.ts'
import moodCss from '../mood/mood.css' with { type: 'text' }
import { keep, kept } from '../page/keep.ts'
import statusCss from '../status/status.css' with { type: 'text' }
import { StatusLine } from '../status/status-line.ts'
import stickersCss from '../stickers/stickers.css' with { type: 'text' }
import swarmCss from '../swarm/swarm.css' with { type: 'text' }

const sheet = sheetOf(moodCss, stickersCss, swarmCss, statusCss, barCss)

/**
 * `<roar-bar url show segment for>`: stickers, swarm and mood on anybody's page.
 *
 * - `url` the server, with its path; default: where this script came from. `show` default `final`. `segment` the side to stand with.
 * - `for` a selector: the swarm rises over that element, such as a video. Default: over the bar itself.
 *
 * Events, both bubbling: `roar-tap` with `detail.sticker`, `roar-mood` with the mood packet as `detail`.
 * Colours and sizes are the `--roar-…` properties and the parts of docs/roar-bar.md.
 */
export class RoarBar extends RoarElement {
  static override readonly observedAttributes = [...RoarElement.observedAttributes, 'segment']
  /** Connects with a side, or without one, while the bar is on a page. */
  #stand: ((segment: string | undefined) => void) | undefined

  constructor() {
    super(sheet)
  }

  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (name !== 'segment') super.attributeChangedCallback(name, before, after)
    else if (before !== after) this.#stand?.(after ?? undefined)
  }

  protected begin({ frame, url, show, words, signal, follow, onSpeak }: Stay): void {
    const [statusHost, moodHost, barsHost, stickerHost] = [
      box('status'),
      box('mood'),
      box('bars'),
      box('stickers'),
    ]
    const liveHost = element('div', 'unseen')
    liveHost.setAttribute('aria-live', 'polite')
    frame.prepend(statusHost)
    frame.append(moodHost, barsHost, stickerHost, liveHost)
    let client: Roar | undefined
    const status = new StatusLine({ host: statusHost, say: words.say, onRetry: () => client?.retry() })
    const audience = new Audience({
      ...{ url, words, kept, keep, moodHost, stickerHost, barsHost, liveHost },
      layer: this.shadowRoot!,
      onTop: true,
      over: this.target,
      keys: this.shadowRoot!,
      lightHost: frame,
      onTap: (sticker) => this.tell('roar-tap', { sticker }),
      onMood: (mood) => this.tell('roar-mood', mood),
      onSide: (side) =>
        side === undefined ? this.removeAttribute('segment') : this.setAttribute('segment', side),
    })
    onSpeak(() => {
      status.speak()
      audience.speak()
    })
    const stand = (segment: string | undefined): void => {
      audience.setSide(segment)
      void client?.drain()
      client = follow(() =>
        connect({ ...{ url, show }, ...(segment && { segment }), topics: ['mood', 'show'] }),
      )
      if (client === undefined) {
        status.show({ state: 'failed', code: 'unknown_show' })
        return
      }
      const current = client
      const onStatus = (next: Status): void => {
        if (client === current) status.show(next)
      }
      audience.follow(current)
      current.on('status', onStatus, { signal })
      onStatus(current.status())
    }
    this.#stand = stand
    signal.addEventListener('abort', () => {
      this.#stand = undefined
      client?.close()
      status.close()
      audience.close()
    })
    stand(this.getAttribute('segment') ?? undefined)
  }
}

define('roar-bar', RoarBar)
