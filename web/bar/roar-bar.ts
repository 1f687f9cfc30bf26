import { connect, type Roar, type ShowDocument, type Status } from '../../sdk/src/index.ts'
import { Audience } from '../audience/audience.ts'
import { element } from '../dom/element.ts'
import { languageOf } from '../dom/language.ts'
import moodCss from '../mood/mood.css' with { type: 'text' }
import { isColour, textOn } from '../page/accent.ts'
import { keep, kept } from '../page/keep.ts'
import statusCss from '../status/status.css' with { type: 'text' }
import { StatusLine } from '../status/status-line.ts'
import { failureWords } from '../status/status-words.ts'
import stickersCss from '../stickers/stickers.css' with { type: 'text' }
import swarmCss from '../swarm/swarm.css' with { type: 'text' }
import barCss from './roar-bar.css' with { type: 'text' }

const sheet = new CSSStyleSheet()
sheet.replaceSync([moodCss, stickersCss, swarmCss, statusCss, barCss].join('\n'))

/** @param part Its name for `::part()`. */
function box(part: string): HTMLElement {
  const node = element('div')
  node.setAttribute('part', part)
  return node
}

/**
 * `<roar-bar url show segment for>`: stickers, swarm and mood on anybody's page.
 *
 * - `url` the server, with its path; default: where this script came from. `show` default `final`. `segment` the side to stand with.
 * - `for` a selector: the swarm rises over that element, such as a video. Default: over the bar itself.
 *
 * Events, both bubbling: `roar-tap` with `detail.sticker`, `roar-mood` with the mood packet as `detail`.
 * Colours and sizes are the `--roar-…` properties and the parts of docs/roar-bar.md.
 */
export class RoarBar extends HTMLElement {
  static readonly observedAttributes = ['url', 'show', 'segment', 'for']
  #running: { audience: Audience; status: StatusLine; client: Roar | undefined } | undefined
  #failure: HTMLElement | undefined

  constructor() {
    super()
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet]
  }

  connectedCallback(): void {
    this.#start()
  }

  disconnectedCallback(): void {
    this.#stop()
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (this.#running === undefined || before === after) return
    if (name === 'segment') {
      this.#running.audience.setSide(after ?? undefined)
      this.#join()
      return
    }
    this.#stop()
    this.#start()
  }

  get #url(): string {
    const given = this.getAttribute('url')
    // The script lies at the server's root, which may be below a path.
    const server = given === null ? new URL('.', import.meta.url) : new URL(given, location.href)
    return server.href.replace(/[?#].*$/, '').replace(/\/+$/, '')
  }

  get #show(): string {
    return this.getAttribute('show') ?? 'final'
  }

  #start(): void {
    const [statusHost, moodHost, barsHost, stickerHost] = [
      box('status'),
      box('mood'),
      box('bars'),
      box('stickers'),
    ]
    const failure = element('div', 'failure')
    const liveHost = element('div', 'unseen')
    liveHost.setAttribute('aria-live', 'polite')
    failure.setAttribute('role', 'alert')
    failure.hidden = true
    this.#failure = failure
    const frame = element('div', 'frame', statusHost, failure, moodHost, barsHost, stickerHost, liveHost)
    frame.setAttribute('part', 'frame')
    this.shadowRoot!.replaceChildren(frame)
    const segment = this.getAttribute('segment') ?? undefined
    const audience = new Audience({
      url: this.#url,
      layer: this.shadowRoot!,
      onTop: true,
      over: this.#target(),
      moodHost,
      stickerHost,
      keys: this.shadowRoot!,
      kept,
      keep,
      barsHost,
      lightHost: frame,
      liveHost,
      onTap: (sticker) => this.#tell('roar-tap', { sticker }),
      onMood: (mood) => this.#tell('roar-mood', mood),
      onSide: (side) =>
        side === undefined ? this.removeAttribute('segment') : this.setAttribute('segment', side),
    })
    audience.setSide(segment)
    const onRetry = () => this.#running?.client?.retry()
    this.#running = { audience, status: new StatusLine({ host: statusHost, onRetry }), client: undefined }
    this.#join()
  }

  #stop(): void {
    this.#running?.client?.close()
    this.#running?.status.close()
    this.#running?.audience.close()
    this.#running = undefined
  }

  #join(): void {
    const running = this.#running!
    const segment = this.getAttribute('segment') ?? undefined
    void running.client?.drain()
    try {
      running.client = connect({
        url: this.#url,
        show: this.#show,
        ...(segment && { segment }),
        topics: ['mood', 'show'],
      })
    } catch {
      // Not an id at all: nobody needs to ask a server.
      running.client = undefined
      this.#onStatus({ state: 'failed', code: 'unknown_show' })
      return
    }
    const { client } = running
    running.audience.follow(client)
    client.on('status', (next) => client === this.#running?.client && this.#onStatus(next))
    client.on('show', (document) => this.#onShow(document))
    this.#onStatus(client.status())
  }

  #onStatus(next: Status): void {
    const { status, client } = this.#running!
    status.show(next)
    const words = client?.show() === undefined ? failureWords(next, this.#show) : undefined
    this.#failure!.hidden = words === undefined
    this.#failure!.textContent = words === undefined ? '' : `${words.title}. ${words.advice}`
  }

  #onShow({ accent, language }: ShowDocument): void {
    const { tag, direction } = languageOf(language)
    const frame = this.shadowRoot!.querySelector<HTMLElement>('.frame')!
    frame.lang = tag
    frame.dir = direction
    if (!isColour(accent)) return
    this.style.setProperty('--show-accent', accent)
    this.style.setProperty('--show-on-accent', textOn(accent))
  }

  #target(): Element {
    const selector = this.getAttribute('for')
    if (selector === null) return this
    try {
      return document.querySelector(selector) ?? this
    } catch (cause) {
      console.error(`roar-bar: for="${selector}" is not a selector; the swarm rises over the bar`, cause)
      return this
    }
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
  }
}

// A page that loads the script twice keeps the first.
if (!customElements.get('roar-bar')) customElements.define('roar-bar', RoarBar)
