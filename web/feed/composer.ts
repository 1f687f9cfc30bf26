import { button, element, silent } from '../dom/element.ts'

const NAME_UNITS_MAX = 128

export interface ComposerOptions {
  host: HTMLElement
  name: string | undefined
  onName(name: string): void
  /** Posting was switched on or off: the next sticker is a post, or a reaction again. */
  onArmed(armed: boolean): void
}

/**
 * How a tap becomes a post: press "Post as …", pick a sticker. One post, then taps react again. The first time it
 * asks for a name; the pencil changes it.
 */
export class Composer {
  readonly #options: ComposerOptions
  readonly #arm = button('composer-arm')
  readonly #rename = button('composer-rename', silent(element('span', '', '✎')))
  readonly #form = element('form', 'composer-form')
  readonly #input = element('input', 'composer-input')
  readonly #note = element('p', 'composer-note')
  #name: string
  #armed = false

  constructor(options: ComposerOptions) {
    this.#options = options
    this.#name = options.name ?? ''
    options.host.classList.add('composer')
    this.#note.setAttribute('role', 'status')
    this.#rename.setAttribute('aria-label', 'Change your name')
    this.#rename.title = 'Change your name'
    this.#buildForm()
    options.host.append(this.#arm, this.#rename, this.#form, this.#note)
    this.#arm.addEventListener('click', () => this.toggle())
    this.#rename.addEventListener('click', () => this.#ask())
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#take()
    })
    this.#form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#closeForm()
    })
    this.#show()
  }

  get name(): string {
    return this.#name
  }

  get armed(): boolean {
    return this.#armed
  }

  /** Switches posting on or off. Without a name it asks for one first. */
  toggle(): void {
    if (this.#armed) this.disarm()
    else if (this.#name === '') this.#ask()
    else this.#setArmed(true)
  }

  disarm(): void {
    this.#setArmed(false)
  }

  /** Says what became of a post; an empty text takes it away. */
  note(text: string): void {
    this.#note.textContent = text
  }

  #buildForm(): void {
    this.#form.hidden = true
    this.#input.maxLength = NAME_UNITS_MAX
    this.#input.placeholder = 'Your name'
    this.#input.setAttribute('autocomplete', 'nickname')
    this.#input.enterKeyHint = 'done'
    this.#input.setAttribute('aria-label', 'The name under your posts')
    const save = element('button', 'composer-save', 'Save')
    const cancel = button('composer-cancel', silent(element('span', '', '✕')))
    cancel.setAttribute('aria-label', 'Cancel')
    cancel.addEventListener('click', () => this.#closeForm())
    this.#form.append(this.#input, save, cancel)
  }

  #ask(): void {
    this.#input.value = this.#name
    this.#form.hidden = false
    this.#show()
    this.#input.focus()
    this.#input.select()
  }

  #take(): void {
    const name = this.#input.value.trim()
    if (name === '') {
      this.#input.focus()
      return
    }
    const first = this.#name === ''
    this.#name = name
    this.#options.onName(name)
    this.#closeForm()
    if (first) this.#setArmed(true)
  }

  #closeForm(): void {
    this.#form.hidden = true
    this.#show()
    this.#arm.focus()
  }

  #setArmed(armed: boolean): void {
    if (armed) this.note('')
    this.#armed = armed
    this.#options.onArmed(armed)
    this.#show()
  }

  #show(): void {
    const editing = !this.#form.hidden
    this.#arm.hidden = editing
    this.#rename.hidden = editing || this.#name === '' || this.#armed
    this.#arm.setAttribute('aria-pressed', String(this.#armed))
    const bold = element('bdi', 'composer-name', this.#name)
    if (this.#armed) this.#arm.replaceChildren('Pick a sticker to post as ', bold)
    else if (this.#name === '') this.#arm.replaceChildren('Post under your name')
    else this.#arm.replaceChildren('Post as ', bold)
    this.#options.host.dataset.armed = String(this.#armed)
  }
}
