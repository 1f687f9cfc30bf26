import { NAME_UNITS_MAX, POST_TEXT_MAX, POST_TEXT_UNITS_MAX } from '../../protocol/limits.ts'
import { button, element, silent } from '../dom/element.ts'
import { onSubmit } from '../dom/form.ts'
import type { Key, Say } from '../words/words.ts'

/** The remaining graphemes are shown from here on. */
const LEFT_SAID = 40
const COUNTDOWN_MS = 500

export interface ComposerOptions {
  host: HTMLElement
  say: Say
  name: string | undefined
  onName(name: string): void
  /** Posting was switched on or off: the next sticker is a post, or a reaction again. */
  onArmed(armed: boolean): void
  /** A text is to be posted without a sticker. */
  onText(text: string): void
}

/** What the show currently lets viewers post. */
export interface Allowed {
  posts: boolean
  text: boolean
  /** Why posting is off. */
  off: Key
}

/** The post being answered. */
export interface Answered {
  post: string
  name: string
}

/**
 * How a viewer posts. A sticker: press "Post as …", pick one; then taps react again. A text, if the show allows them: write it,
 * and Enter posts it, or the next sticker picked goes with it. Picking a sticker for a post answers it. The first time it asks
 * for a name; the pencil changes it.
 */
export class Composer {
  readonly #options: ComposerOptions
  /** What is in it stays: a press is lost if what it began on is replaced before it ends. */
  readonly #arm = button('composer-arm', element('bdi', 'composer-words'))
  readonly #rename = button('composer-rename', silent(element('span', '', '✎')))
  readonly #nameForm = element('form', 'composer-form')
  readonly #nameInput = element('input', 'composer-input')
  readonly #save = element('button', 'composer-save')
  readonly #cancel = button('composer-cancel', silent(element('span', '', '✕')))
  readonly #textForm = element('form', 'composer-form')
  readonly #text = element('input', 'composer-input composer-text')
  readonly #left = element('span', 'composer-left')
  readonly #send = element('button', 'composer-save')
  readonly #note = element('p', 'composer-note')
  #name: string
  #armed = false
  /** The post that the next sticker answers. */
  #answered: Answered | undefined
  #naming = false
  #allowed: Allowed = { posts: true, text: false, off: 'postsOff' }
  #heldUntilMs = 0
  #countdown: ReturnType<typeof setInterval> | undefined

  constructor(options: ComposerOptions) {
    this.#options = options
    this.#name = options.name ?? ''
    options.host.classList.add('composer')
    this.#note.setAttribute('role', 'status')
    this.#nameInput.maxLength = NAME_UNITS_MAX
    this.#nameInput.setAttribute('autocomplete', 'nickname')
    this.#nameInput.enterKeyHint = 'done'
    this.#nameForm.append(this.#nameInput, this.#save, this.#cancel)
    this.#text.maxLength = POST_TEXT_UNITS_MAX
    this.#text.autocomplete = 'off'
    this.#text.enterKeyHint = 'send'
    this.#textForm.append(this.#text, this.#left, this.#send)
    options.host.append(this.#arm, this.#rename, this.#nameForm, this.#textForm, this.#note)
    this.#arm.addEventListener('click', () => this.toggle())
    this.#rename.addEventListener('click', () => this.#ask())
    this.#cancel.addEventListener('click', () => this.#closeName())
    onSubmit(this.#nameForm, () => this.#takeName())
    onSubmit(this.#textForm, () => this.#sendText())
    this.#text.addEventListener('input', () => this.show())
    this.#nameForm.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#closeName()
    })
    this.show()
  }

  get name(): string {
    return this.#name
  }

  get armed(): boolean {
    return this.#armed
  }

  /** The post that the next sticker answers: its id and its author's name. */
  get answered(): Answered | undefined {
    return this.#armed ? this.#answered : undefined
  }

  /** Seconds until the next post may go; 0: now. */
  get heldS(): number {
    return Math.max(0, Math.ceil((this.#heldUntilMs - performance.now()) / 1000))
  }

  allow(allowed: Allowed): void {
    this.#allowed = allowed
    if (!allowed.posts) this.disarm()
    this.show()
  }

  /** Blocks posting for this time and counts it down. */
  hold(ms: number): void {
    clearInterval(this.#countdown)
    this.#heldUntilMs = performance.now() + ms
    this.#countdown = setInterval(() => {
      if (this.heldS === 0) clearInterval(this.#countdown)
      this.show()
    }, COUNTDOWN_MS)
    this.show()
  }

  /** Switches posting on or off. Without a name it asks for one first. */
  toggle(): void {
    if (this.#armed) {
      this.disarm()
      return
    }
    this.#answered = undefined
    if (this.#name === '') this.#ask()
    else if (this.heldS === 0) this.#setArmed(true)
  }

  /** Lets the next sticker answer a post; asks for a name first if there is none. */
  reply(post: string, name: string): void {
    if (!this.#allowed.posts || this.heldS > 0) return
    this.#answered = { post, name }
    if (this.#name === '') this.#ask()
    else this.#setArmed(true)
  }

  disarm(): void {
    this.#setArmed(false)
  }

  /** Shows the outcome of a post; an empty text clears it. */
  note(text: string): void {
    this.#note.textContent = text
  }

  /** Returns the text that goes with a post, unless empty or too long, and clears the field. */
  takeText(): string | undefined {
    const text = this.#text.value.trim()
    if (text === '' || !this.#allowed.text || leftOf(text) < 0) return undefined
    this.#text.value = ''
    this.show()
    return text
  }

  /** Restores a text that was refused, unless the field has another one. */
  giveBack(text: string): void {
    if (this.#text.value === '') this.#text.value = text
    this.show()
  }

  /** Renders the current state in the page's language. */
  show(): void {
    const { posts, text } = this.#allowed
    const { heldS } = this
    const writing = text && posts && this.#name !== '' && !this.#naming && !this.#armed
    const { host } = this.#options
    host.dataset.off = String(!posts)
    host.dataset.armed = String(this.#armed)
    host.dataset.writing = String(writing)
    this.#nameForm.hidden = !this.#naming
    this.#textForm.hidden = !writing
    this.#arm.hidden = this.#naming
    this.#arm.disabled = !posts || heldS > 0
    const { say } = this.#options
    this.#rename.hidden =
      this.#naming || this.#name === '' || this.#armed || !posts || (writing && this.#text.value !== '')
    this.#arm.setAttribute('aria-pressed', String(this.#armed))
    this.#arm.firstChild!.textContent = this.#armWords(writing)
    this.#showText(heldS)
    label(this.#rename, say('nameChange'))
    label(this.#cancel, say('nameCancel'))
    this.#nameInput.placeholder = say('nameField')
    this.#nameInput.setAttribute('aria-label', say('nameLabel'))
    this.#save.textContent = say('nameSave')
  }

  #armWords(writing: boolean): string {
    const { name } = this
    const { say } = this.#options
    if (!this.#allowed.posts) return say(this.#allowed.off)
    if (this.#armed)
      return this.#answered ? say('postPickReply', { name: this.#answered.name }) : say('postPick', { name })
    if (name === '') return say('postFirst')
    if (writing) return say('postSticker')
    return this.heldS > 0 ? say('postsSlow', { n: this.heldS }) : say('postAs', { name })
  }

  #showText(heldS: number): void {
    const { say } = this.#options
    const left = leftOf(this.#text.value)
    const waits = heldS > 0 ? say('postsSlow', { n: heldS }) : ''
    const over = left < 0
    this.#text.placeholder = waits || say('textField', { name: this.#name })
    this.#text.setAttribute('aria-label', say('textField', { name: this.#name }))
    this.#text.setAttribute('aria-invalid', String(over))
    const counted = over
      ? say('textOver', { n: -left })
      : left <= LEFT_SAID
        ? say('textLeft', { n: left })
        : ''
    const written = this.#text.value !== ''
    // Browsers treat an empty field as left-to-right, and lay out its placeholder accordingly.
    this.#text.dir = written ? 'auto' : ''
    const words = written ? waits || counted : ''
    const short = waits ? say('seconds', { n: heldS }) : String(left)
    this.#left.title = words
    this.#left.replaceChildren(
      ...(words ? [silent(element('span', '', short)), element('span', 'unseen', words)] : []),
    )
    this.#left.dataset.over = String(over)
    this.#send.textContent = say('textSend')
    this.#send.hidden = !written
    this.#send.disabled = over || heldS > 0
  }

  #sendText(): void {
    if (this.heldS > 0) return
    const text = this.takeText()
    if (text === undefined) return
    this.note('')
    this.#options.onText(text)
  }

  #ask(): void {
    this.#nameInput.value = this.#name
    this.#naming = true
    this.show()
    this.#nameInput.focus()
    this.#nameInput.select()
  }

  #takeName(): void {
    const name = this.#nameInput.value.trim()
    if (name === '') {
      this.#nameInput.focus()
      return
    }
    const first = this.#name === ''
    this.#name = name
    this.#options.onName(name)
    this.#closeName()
    if (!first) return
    if (this.#allowed.text && !this.#answered) this.#text.focus()
    else this.#setArmed(true)
  }

  #closeName(): void {
    this.#naming = false
    this.show()
    this.#arm.focus()
  }

  #setArmed(armed: boolean): void {
    if (armed) this.note('')
    else this.#answered = undefined
    this.#armed = armed
    this.#options.onArmed(armed)
    this.show()
  }
}

function label(node: HTMLElement, words: string): void {
  node.title = words
  node.setAttribute('aria-label', node.title)
}

/** What a person counts as characters; the server counts the same. */
const graphemes = new Intl.Segmenter()
const leftOf = (text: string): number => POST_TEXT_MAX - [...graphemes.segment(text.trim())].length
