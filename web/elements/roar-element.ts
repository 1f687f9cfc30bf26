import type { Roar, ShowDocument, Status } from '../../sdk/src/index.ts'
import { element } from '../dom/element.ts'
import { languageOf } from '../dom/language.ts'
import { isColour, readableOn, textOn } from '../page/accent.ts'
import { failureWords } from '../status/status-words.ts'
import { Words } from '../words/words.ts'

/** Background colours assumed for the accent's contrast if the page sets none: those of roar-bar.css. */
const SURFACE = { light: '#ffffff', dark: '#171224' }

/** What an element gets while it is on a page. */
export interface Stay {
  frame: HTMLElement
  /** The server's URL, without a slash at its end. */
  url: string
  show: string
  words: Words
  /** Aborts when the element leaves the page, or when its attributes change. */
  signal: AbortSignal
  /**
   * Follows a client from now on instead of the previous one: its show sets the element's language and colours, and failures are
   * shown. Undefined if `open` throws: the id is invalid, so no server needs to be asked.
   */
  follow(open: () => Roar): Roar | undefined
  /** Calls with the followed client's document, at once if it has one, and after every change. */
  onShow(listener: (document: ShowDocument) => void): void
  /** Calls when all texts must be rendered again, in another language. */
  onSpeak(listener: () => void): void
}

/**
 * Common to all of Roar's elements: the shadow tree, the server and show, the frame, language and colours, and the message when
 * there is no show.
 */
export abstract class RoarElement extends HTMLElement {
  static readonly observedAttributes: readonly string[] = ['url', 'show', 'for']
  #stay: AbortController | undefined

  constructor(sheet: CSSStyleSheet) {
    super()
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet]
  }

  /** Shows the element's content until the stay's signal aborts. */
  protected abstract begin(stay: Stay): void

  connectedCallback(): void {
    const stay = new AbortController()
    this.#stay = stay
    const { signal } = stay
    const frame = element('div', 'frame')
    frame.setAttribute('part', 'frame')
    const failure = element('div', 'failure')
    failure.setAttribute('role', 'alert')
    failure.hidden = true
    frame.append(failure)
    this.shadowRoot!.replaceChildren(frame)
    const url = this.#url
    const show = this.getAttribute('show') ?? 'final'
    const words = new Words(url)
    signal.addEventListener('abort', () => words.close())
    const onShow: ((document: ShowDocument) => void)[] = []
    const onSpeak: (() => void)[] = []
    let followed: Roar | undefined
    let status: Status = { state: 'connecting' }
    const tell = (): void => {
      const said = followed?.show() ? undefined : failureWords(status, show, words.say)
      failure.hidden = said === undefined
      failure.textContent = said === undefined ? '' : `${said.title}. ${said.advice}`
    }
    const hear = (document: ShowDocument): void => {
      this.#dress(frame, document)
      for (const listener of onShow) listener(document)
      void words.speak(frame.lang).then((isNew) => {
        if (!isNew || signal.aborted) return
        tell()
        for (const listener of onSpeak) listener()
      })
    }
    const follow: Stay['follow'] = (open) => {
      followed = undefined
      let client: Roar
      try {
        client = open()
      } catch {
        status = { state: 'failed', code: 'unknown_show' }
        tell()
        return undefined
      }
      followed = client
      client.on('show', (document) => followed === client && hear(document), { signal })
      const onStatus = (next: Status): void => {
        if (followed !== client) return
        status = next
        tell()
      }
      client.on('status', onStatus, { signal })
      // A shared client may have reported its status and show long ago.
      onStatus(client.status())
      const known = client.show()
      if (known !== undefined) hear(known)
      return client
    }
    this.begin({
      ...{ frame, url, show, words, signal, follow },
      onShow(listener) {
        onShow.push(listener)
        const known = followed?.show()
        if (known !== undefined) listener(known)
      },
      onSpeak: (listener) => void onSpeak.push(listener),
    })
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

  /** The element that the attribute `for` selects; without one, the element itself. */
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

  protected tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
  }

  get #url(): string {
    const given = this.getAttribute('url')
    // The script is at the server's root, which may be below a path.
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
    const [light, dark] = [readableOn(SURFACE.light, accent), readableOn(SURFACE.dark, accent)]
    this.style.setProperty('--show-accent-text', `light-dark(${light}, ${dark})`)
  }
}

/** Creates one of an element's boxes. @param part Its name for `::part()`. */
export function box(part: string, className = ''): HTMLElement {
  const node = element('div', className)
  node.setAttribute('part', part)
  return node
}

export function sheetOf(...css: string[]): CSSStyleSheet {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css.join('\n'))
  return sheet
}
