import type { Roar, ShowDocument, Status } from '../../sdk/src/index.ts'
import barCss from '../bar/roar-bar.css' with { type: 'text' }
import { element } from '../dom/element.ts'
import { languageOf } from '../dom/language.ts'
import feedCss from '../feed/feed.css' with { type: 'text' }
import { isColour, readableOn, textOn } from '../page/accent.ts'
import statusCss from '../status/status.css' with { type: 'text' }
import { failureWords } from '../status/status-words.ts'
import stickersCss from '../stickers/stickers.css' with { type: 'text' }
import swarmCss from '../swarm/swarm.css' with { type: 'text' }
import css from './elements.css' with { type: 'text' }
import { shareClient } from './shared-client.ts'

const sheet = new CSSStyleSheet()
sheet.replaceSync([stickersCss, statusCss, swarmCss, feedCss, barCss, css].join('\n'))

/** What an element is given while it is on a page. */
export interface Stay {
  client: Roar
  frame: HTMLElement
  url: string
  show: string
  /** Aborts when the element leaves the page, or when its attributes change. */
  signal: AbortSignal
  /** Calls with the show's document, now where it is there, and whenever it changes. */
  onShow(listener: (document: ShowDocument) => void): void
}

/** What `<roar-swarm>` and `<roar-feed>` have in common: where they listen, their frame, and what they say when that cannot be. */
export abstract class RoarElement extends HTMLElement {
  static readonly observedAttributes = ['url', 'show', 'for']
  #stay: AbortController | undefined

  constructor() {
    super()
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet]
  }

  /** Shows what this element is there for, until the stay's signal aborts. */
  protected abstract begin(stay: Stay): void

  connectedCallback(): void {
    this.#stay = new AbortController()
    const { signal } = this.#stay
    const frame = element('div', 'frame')
    frame.setAttribute('part', 'frame')
    const failure = element('div', 'failure')
    failure.setAttribute('role', 'alert')
    failure.hidden = true
    this.shadowRoot!.replaceChildren(frame, failure)
    const show = this.getAttribute('show') ?? 'final'
    const fail = (words: { title: string; advice: string } | undefined) => {
      failure.hidden = words === undefined
      failure.textContent = words === undefined ? '' : `${words.title}. ${words.advice}`
    }
    const url = this.#url
    let shared: ReturnType<typeof shareClient>
    try {
      shared = shareClient(url, show)
    } catch {
      // Not an id at all: nobody needs to ask a server.
      fail(failureWords({ state: 'failed', code: 'unknown_show' }, show))
      return
    }
    const { client, leave } = shared
    signal.addEventListener('abort', leave)
    const onShow: Stay['onShow'] = (listener) => {
      client.on('show', listener, { signal })
      const known = client.show()
      if (known !== undefined) listener(known)
    }
    onShow((document) => this.#dress(frame, document))
    const onStatus = (status: Status) => fail(client.show() ? undefined : failureWords(status, show))
    client.on('status', onStatus, { signal })
    // Of a client that others have already, the failure may have been long ago.
    onStatus(client.status())
    this.begin({ client, frame, url, show, signal, onShow })
  }

  disconnectedCallback(): void {
    this.#stay?.abort()
    this.#stay = undefined
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (this.#stay === undefined || before === after) return
    this.disconnectedCallback()
    this.connectedCallback()
  }

  /** What the attribute `for` selects; the element itself where there is none. */
  protected get target(): Element {
    const selector = this.getAttribute('for')
    if (selector === null) return this
    try {
      return document.querySelector(selector) ?? this
    } catch (cause) {
      console.error(`${this.localName}: for="${selector}" is not a selector`, cause)
      return this
    }
  }

  get #url(): string {
    const given = this.getAttribute('url')
    // The script lies at the server's root, which may be below a path.
    const server = given === null ? new URL('.', import.meta.url) : new URL(given, location.href)
    return server.href.replace(/[?#].*$/, '').replace(/\/+$/, '')
  }

  #dress(frame: HTMLElement, { accent, language }: ShowDocument): void {
    const { tag, direction } = languageOf(language)
    frame.lang = tag
    frame.dir = direction
    if (!isColour(accent)) return
    this.style.setProperty('--show-accent', accent)
    this.style.setProperty('--show-on-accent', textOn(accent))
    const [light, dark] = [readableOn('#ffffff', accent), readableOn('#171224', accent)]
    this.style.setProperty('--show-accent-text', `light-dark(${light}, ${dark})`)
  }
}
