import { button, element, silent } from '../dom/element.ts'
import type { Say } from '../words/words.ts'

export type Tab = 'everyone' | 'room'

export interface RoomTabsOptions {
  say: Say
  host: HTMLElement
  onChosen(): void
  onPeople(): void
}

/** Tabs that select whose posts are shown; one has the number of members present. */
export class RoomTabs {
  readonly #say: Say
  readonly #options: RoomTabsOptions
  // What is pressed stays: a press is lost if what it began on is replaced before it ends.
  readonly #everyoneWords = element('span', 'room-tab-words')
  readonly #roomWords = element('span', 'room-tab-words')
  readonly #news = element('span', 'room-news')
  readonly #hereWords = element('span')
  readonly #everyone = tab('posts', this.#everyoneWords)
  readonly #room = tab('room-posts', this.#roomWords, this.#news)
  readonly #people = button('room-people', silent(element('span', 'room-icon', '👥')), this.#hereWords)
  #chosen: Tab = 'everyone'
  #unread = 0
  #here = 0

  constructor(options: RoomTabsOptions) {
    this.#options = options
    this.#say = options.say
    const list = element('div', 'room-tabs', this.#everyone, this.#room)
    list.setAttribute('role', 'tablist')
    options.host.append(list, this.#people)
    this.#everyone.addEventListener('click', () => this.choose('everyone'))
    this.#room.addEventListener('click', () => this.choose('room'))
    this.#people.addEventListener('click', () => options.onPeople())
    list.addEventListener('keydown', ({ key, altKey, ctrlKey, metaKey }) => {
      // Left to the browser.
      if (altKey || ctrlKey || metaKey) return
      if (key !== 'ArrowLeft' && key !== 'ArrowRight') return
      this.choose(this.#chosen === 'room' ? 'everyone' : 'room')
      this.#tabOf(this.#chosen).focus()
    })
    this.speak()
  }

  get chosen(): Tab {
    return this.#chosen
  }

  choose(tab: Tab): void {
    this.#chosen = tab
    if (tab === 'room') this.#unread = 0
    this.speak()
    this.#options.onChosen()
  }

  /** Posts of the room that arrived while the others' were shown. */
  addNews(posts: number): void {
    this.#unread += posts
    this.speak()
  }

  setHere(here: number): void {
    this.#here = here
    this.speak()
  }

  /** Renders the current state in the page's language. */
  speak(): void {
    this.#everyoneWords.textContent = this.#say('roomEveryone')
    this.#news.textContent = this.#unread > 0 ? this.#say('postsNew', { n: this.#unread }) : ''
    this.#roomWords.textContent = this.#say('roomMine')
    for (const name of ['everyone', 'room'] as const) {
      const node = this.#tabOf(name)
      node.setAttribute('aria-selected', String(name === this.#chosen))
      node.tabIndex = name === this.#chosen ? 0 : -1
    }
    const here = this.#say('roomHere', { n: this.#here })
    this.#hereWords.textContent = here
    this.#people.setAttribute('aria-label', `${this.#say('roomInvite')}. ${here}`)
  }

  #tabOf(name: Tab): HTMLButtonElement {
    return name === 'room' ? this.#room : this.#everyone
  }
}

/** @param panel The id of the panel it shows. */
function tab(panel: string, ...words: HTMLElement[]): HTMLButtonElement {
  const node = button('room-tab', ...words)
  node.setAttribute('aria-controls', panel)
  node.setAttribute('role', 'tab')
  return node
}
