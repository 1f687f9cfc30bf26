import { NAME_UNITS_MAX } from '../../protocol/limits.ts'
import type { RoomDocument, RoomMember } from '../../sdk/src/rooms/index.ts'
import { button, element, silent } from '../dom/element.ts'
import { onSubmit } from '../dom/form.ts'
import { pressesOn } from '../dom/pressed.ts'
import type { Say } from '../words/words.ts'
import { codeOf } from './code.ts'
import type { Invitation } from './invitation.ts'

export interface RoomSheetOptions {
  say: Say
  onRemove(viewer: string): void
  onLeave(): void
  onJoin(invitation: Invitation, name: string): void
}

/** What the sheet shows of a room. */
interface Shown {
  document: RoomDocument
  /** Members who are present. */
  here: ReadonlySet<string>
  link: string
}

/** How long "copied" is shown. */
const COPIED_MS = 2_000

/** The sheet of a room: the invitation, its members, and leaving; before joining, the question whether to. */
export class RoomSheet {
  readonly #say: Say
  readonly #options: RoomSheetOptions
  readonly #dialog = element('dialog', 'room-sheet')
  readonly #note = element('p', 'room-note')
  #shown: Shown | undefined
  /** Whose removal was pressed once. */
  #asked: string | undefined
  #drawn = ''
  readonly #isPressed = pressesOn(this.#dialog, () => this.#drawCurrent())

  constructor(options: RoomSheetOptions) {
    this.#options = options
    this.#say = options.say
    this.#note.setAttribute('role', 'status')
    document.body.append(this.#dialog)
    this.#dialog.addEventListener('click', ({ target }) => target === this.#dialog && this.close())
    this.#dialog.addEventListener('close', () => {
      this.#asked = undefined
      this.#drawn = ''
    })
  }

  open(): void {
    this.note('')
    if (!this.#dialog.open) this.#dialog.showModal()
    this.#drawRoom()
  }

  close(): void {
    this.#dialog.close()
  }

  note(text: string): void {
    this.#note.textContent = text
  }

  /** Takes the room's current state; an open sheet shows it. */
  show(shown: Shown): void {
    this.#shown = shown
    if (!this.#isPressed()) this.#drawCurrent()
  }

  #drawCurrent(): void {
    if (this.#dialog.open && this.#shown !== undefined) this.#drawRoom()
  }

  /** Asks a viewer who came by a link. */
  ask(invitation: Invitation, name: string): void {
    const field = element('input', 'room-name')
    field.value = name
    field.maxLength = NAME_UNITS_MAX
    field.setAttribute('autocomplete', 'nickname')
    field.placeholder = this.#say('nameField')
    field.setAttribute('aria-label', this.#say('nameField'))
    const join = element('button', 'room-primary', this.#say('roomJoin'))
    const form = element('form', 'room-join', field, join)
    onSubmit(form, () => this.#options.onJoin(invitation, field.value.trim()))
    this.#fill(this.#say('roomInvited'), element('p', 'room-help', this.#say('roomInvitedHelp')), form)
    this.note('')
    if (!this.#dialog.open) this.#dialog.showModal()
    ;(name === '' ? field : join).focus()
  }

  #fill(title: string, ...parts: Node[]): void {
    const close = button('room-close', silent(element('span', '', '✕')))
    close.title = this.#say('roomClose')
    close.setAttribute('aria-label', close.title)
    close.addEventListener('click', () => this.close())
    this.#dialog.setAttribute('aria-label', title)
    this.#dialog.replaceChildren(
      element('header', 'room-sheet-head', element('h2', '', title), close),
      ...parts,
      this.#note,
    )
  }

  #drawRoom(): void {
    const { document: room, here, link } = this.#shown!
    // A button must not change under a finger because somebody came.
    const key = JSON.stringify([room, [...here], link, this.#asked, this.#say('roomMine')])
    if (key === this.#drawn) return
    const focused = this.#dialog.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset.key
      : undefined
    this.#drawn = key
    const leave = button('room-leave', this.#say('roomLeave'))
    leave.dataset.key = 'leave'
    leave.addEventListener('click', () => this.#options.onLeave())
    this.#fill(this.#say('roomMine'), this.#invite(link), this.#people(room, here), leave)
    const again = [...this.#dialog.querySelectorAll<HTMLElement>('[data-key]')]
    again.find(({ dataset }) => dataset.key === focused)?.focus()
  }

  #invite(link: string): HTMLElement {
    const code = element('div', 'room-code', codeOf(link, this.#say('roomCode')))
    const address = element('input', 'room-link')
    address.value = link
    address.readOnly = true
    address.dir = 'ltr'
    address.setAttribute('aria-label', this.#say('roomLink'))
    address.addEventListener('focus', () => address.select())
    const copy = button('room-primary', this.#say('roomCopy'))
    copy.dataset.key = 'copy'
    copy.addEventListener('click', () => void this.#copy(copy, address))
    const ways = element('div', 'room-ways', copy)
    if ('share' in navigator) {
      const share = button('room-secondary', this.#say('roomShare'))
      share.dataset.key = 'share'
      // A cancelled share needs no message.
      share.addEventListener('click', () => void navigator.share({ url: link }).catch(() => {}))
      ways.append(share)
    }
    return element(
      'div',
      'room-invite',
      code,
      element('div', 'room-how', element('p', 'room-help', this.#say('roomInviteHelp')), address, ways),
    )
  }

  async #copy(copy: HTMLButtonElement, address: HTMLInputElement): Promise<void> {
    address.select()
    try {
      await navigator.clipboard.writeText(address.value)
    } catch {
      // No clipboard permission, or no https: the link is selected for copying by hand.
      return
    }
    copy.textContent = this.#say('roomCopied')
    setTimeout(() => {
      copy.textContent = this.#say('roomCopy')
    }, COPIED_MS)
  }

  #people(room: RoomDocument, here: ReadonlySet<string>): HTMLElement {
    const rows = room.members.map((member) => this.#member(room, member, here.has(member.viewer)))
    return element(
      'section',
      'room-members',
      element('h3', '', this.#say('roomHere', { n: here.size })),
      element('ul', '', ...rows),
    )
  }

  #member({ owner, you }: RoomDocument, { viewer, name }: RoomMember, isHere: boolean): HTMLElement {
    const marks = [
      ...(viewer === you ? [this.#say('postYou')] : []),
      ...(viewer === owner ? [this.#say('roomHost')] : []),
      ...(isHere ? [] : [this.#say('roomAway')]),
    ]
    const row = element(
      'li',
      'room-member',
      element('bdi', 'room-member-name', name),
      element('span', 'room-marks', marks.join(' · ')),
    )
    row.dataset.here = String(isHere)
    if (owner === you && viewer !== you) row.append(this.#remover(viewer, name))
    return row
  }

  /** Irreversible, so it must be pressed twice. */
  #remover(viewer: string, name: string): HTMLButtonElement {
    const isAsked = this.#asked === viewer
    const remove = button(
      'room-remove',
      isAsked ? this.#say('roomRemoveSure') : silent(element('span', '', '✕')),
    )
    remove.dataset.key = `remove ${viewer}`
    remove.dataset.asked = String(isAsked)
    if (!isAsked) remove.setAttribute('aria-label', this.#say('roomRemove', { name }))
    remove.addEventListener('click', () => {
      this.#asked = isAsked ? undefined : viewer
      if (isAsked) this.#options.onRemove(viewer)
      else this.#drawRoom()
    })
    return remove
  }
}
