import { ownOf } from '../../protocol/ids.ts'
import type {
  PollDocument,
  PollState,
  Receipt,
  Verdict,
  VoteAnswer,
  VoteEvent,
} from '../../sdk/src/votes/index.ts'
import { button, element, silent } from '../dom/element.ts'
import { onSubmit } from '../dom/form.ts'
import { type Language, languageOf } from '../dom/language.ts'
import type { Key, Words } from '../words/words.ts'
import { ChoiceRow } from './choice-row.ts'
import { codeWords } from './code-words.ts'
import { answerOf, type Draft, draftOf, draftOfReceipt, give, isEmpty, left, NOTHING, pick } from './draft.ts'
import type { LogWords } from './log/log-words.ts'
import { countdown, isTie, type KnownPoll, sharesOf } from './poll-view.ts'
import {
  counted,
  guestsVote,
  hidden,
  hint,
  recountProgress,
  recountWords,
  STATE_WORDS,
  strangers,
  tag,
  type VerdictWords,
  verdictWords,
  voteWords,
} from './poll-words.ts'
import type { Recounted } from './recount.ts'

/** Everything the card shows of one poll. */
export interface CardState extends KnownPoll {
  document: PollDocument
  /** The viewer's pending answer, and the receipt of the previous or only one. */
  pending?: VoteAnswer
  receipt?: Receipt
  event?: VoteEvent
  log?: LogWords
}

export interface PollCardOptions {
  host: HTMLElement
  url: string
  words: Words
  serverNow(): number
  /** The viewer has picked something: a vote may follow. */
  onStart(poll: string): void
  onVote(poll: string, answer: VoteAnswer): void
  onCheck(poll: string): Promise<Verdict>
  /** Recounts all ballots and reports progress, until `signal` aborts. */
  onRecount(poll: string, onCounted: (counted: number) => void, signal: AbortSignal): Promise<Recounted>
  onFold(poll: string, folded: boolean): void
  onNext(): void
}

/** How often the countdown and waiting times are updated. */
const TICK_MS = 250

/**
 * The poll on screen: a card over the feed that folds into one line. Its rows are the same in every state, so nothing jumps when
 * voting turns into counting.
 */
export class PollCard {
  readonly #options: PollCardOptions
  readonly #card = element('section', 'poll')
  readonly #tag = element('span', 'poll-tag')
  readonly #title = element('span', 'poll-title')
  readonly #time = silent(element('span', 'poll-time'))
  readonly #fold = button('poll-fold')
  readonly #next = button('poll-next')
  readonly #question = element('legend', 'poll-question')
  readonly #choices = element('fieldset', 'poll-choices', this.#question)
  readonly #hint = element('p', 'poll-hint')
  readonly #vote = element('button', 'poll-vote')
  readonly #change = button('poll-quiet')
  readonly #check = button('poll-quiet')
  readonly #recount = button('poll-quiet')
  readonly #note = element('p', 'poll-note')
  readonly #codeLabel = element('span')
  readonly #code = element('strong', 'poll-code')
  readonly #seen = element('span', 'poll-seen')
  readonly #seal = element('p', 'poll-seal', this.#codeLabel, this.#code, this.#seen)
  readonly #log = element('p', 'poll-log')
  readonly #verdict = element('div', 'poll-verdict')
  readonly #body = element('form', 'poll-body')
  readonly #news = element('p', 'unseen')
  #rows: ChoiceRow[] = []
  #language = languageOf()
  readonly #ticking: ReturnType<typeof setInterval>
  #state: CardState | undefined
  #draft: Draft = NOTHING
  #changing = false
  #folded = false
  #eventMs = 0
  #refused: Key | undefined
  #told = ''
  /** Aborts the running recount. */
  #recounting: AbortController | undefined

  constructor(options: PollCardOptions) {
    this.#options = options
    this.#card.hidden = true
    this.#title.dir = 'auto'
    this.#fold.append(this.#tag, this.#title, this.#time, silent(element('span', 'poll-arrow')))
    for (const node of [this.#note, this.#news, this.#log]) node.setAttribute('role', 'status')
    this.#note.tabIndex = -1
    this.#verdict.tabIndex = -1
    this.#verdict.hidden = true
    // The actions are always in view: only the choices and the check's findings scroll.
    const scroller = element('div', 'poll-scroll', this.#choices, this.#log, this.#seal, this.#verdict)
    const actions = element('div', 'poll-actions', this.#change, this.#check, this.#recount, this.#vote)
    const foot = element('div', 'poll-foot', element('div', 'poll-said', this.#note, this.#hint), actions)
    this.#body.append(scroller, foot)
    this.#body.id = 'poll-body'
    this.#fold.setAttribute('aria-controls', 'poll-body')
    this.#card.append(element('header', 'poll-head', this.#fold, this.#next), this.#body)
    options.host.append(this.#card, this.#news)
    this.#listen()
    this.#ticking = setInterval(() => this.#tick(), TICK_MS)
    this.speak()
  }

  /** Shows a poll, or its newest state. `others`: how many more there are. */
  show(state: CardState, { folded, others }: { folded: boolean; others: number }): void {
    const before = this.#state
    this.#state = state
    if (before?.poll !== state.poll || ruleKey(before.document) !== ruleKey(state.document))
      this.#begin(state)
    if (state.event !== before?.event) this.#eventMs = performance.now()
    if (state.receipt?.ballot !== before?.receipt?.ballot) this.#changing = false
    if (state.state !== before?.state) this.#closeVerdict()
    this.#folded = folded
    this.#next.hidden = others === 0
    this.#card.hidden = false
    this.#render()
    this.#announce(state)
  }

  /** Takes effect with the next `show`. */
  setLanguage(language: Language): void {
    this.#language = language
  }

  /** Renders all texts again, in the current language; a check's findings stay as they were. */
  speak(): void {
    const { say } = this.#options.words
    this.#card.setAttribute('aria-label', say('pollLabel'))
    this.#next.setAttribute('aria-label', say('pollNextLabel'))
    write(this.#next, say('pollNext'))
    write(this.#change, say('pollChange'))
    if (!this.#check.disabled) write(this.#check, say('pollCheck'))
    if (!this.#recounting) write(this.#recount, say('pollRecount'))
    write(this.#codeLabel, say('pollCode'))
    if (this.#state) this.#render()
  }

  close(): void {
    clearInterval(this.#ticking)
    this.#recounting?.abort()
    this.#card.remove()
    this.#news.remove()
  }

  hide(): void {
    this.#state = undefined
    this.#card.hidden = true
  }

  /** Shows why a vote could not even be sent. The choice stays. */
  refuse(why: Key): void {
    this.#refused = why
    this.#render()
  }

  #listen(): void {
    const { onFold, onNext } = this.#options
    this.#fold.addEventListener('click', () => onFold(this.#state!.poll, !this.#folded))
    this.#next.addEventListener('click', onNext)
    this.#card.addEventListener('keydown', ({ key }) => {
      if (key !== 'Escape' || this.#folded) return
      onFold(this.#state!.poll, true)
      this.#fold.focus()
    })
    onSubmit(this.#body, () => this.#submit())
    this.#change.addEventListener('click', () => {
      this.#changing = true
      this.#render()
      this.#rows[0]?.focus()
    })
    this.#check.addEventListener('click', () => void this.#verify())
    this.#recount.addEventListener('click', () => void this.#countAgain())
  }

  /** Another poll, or other rules: builds new rows. */
  #begin({ document, pending, receipt }: CardState): void {
    this.#changing = false
    this.#refused = undefined
    this.#recounting?.abort()
    this.#closeVerdict()
    this.#draft = pending ? draftOf(pending) : receipt ? draftOfReceipt(receipt) : NOTHING
    this.#rows = document.choices.map(
      (choice) =>
        new ChoiceRow({
          choice,
          kind: document.kind,
          url: this.#options.url,
          say: this.#options.words.say,
          onPick: () => this.#edit(pick(document, this.#draft, choice.choice)),
          onGive: (points) => this.#edit(give(document, this.#draft, choice.choice, points)),
        }),
    )
    this.#choices.replaceChildren(this.#question, ...this.#rows.map(({ node }) => node))
  }

  /** On a change between sheet and card, scrolls to the top. */
  #setSheet(isSheet: string): void {
    const { dataset } = this.#card
    if (dataset.sheet === isSheet) return
    dataset.sheet = isSheet
    this.#body.scrollTop = 0
  }

  #edit(draft: Draft): void {
    this.#draft = draft
    this.#refused = undefined
    this.#options.onStart(this.#state!.poll)
    this.#render()
  }

  #submit(): void {
    const { poll, document } = this.#state!
    if (!this.#voting || isEmpty(this.#draft)) return
    this.#refused = undefined
    this.#note.focus({ preventScroll: true })
    this.#options.onVote(poll, answerOf(document, this.#draft))
  }

  get #voting(): boolean {
    const { state, document, pending, receipt } = this.#state!
    return (
      state === 'open' &&
      guestsVote(document) &&
      pending === undefined &&
      (receipt === undefined || this.#changing)
    )
  }

  #render(): void {
    const { state, document, pending, receipt, event } = this.#state!
    const { say } = this.#options.words
    const voting = this.#voting
    const known = this.#state!
    if (!voting) this.#draft = pending ? draftOf(pending) : receipt ? draftOfReceipt(receipt) : NOTHING
    this.#card.dataset.state = state
    this.#card.dataset.folded = String(this.#folded)
    this.#setSheet(String(voting && !this.#folded))
    this.#fold.setAttribute('aria-expanded', String(!this.#folded))
    this.#body.hidden = this.#folded
    write(this.#tag, say(tag(document)))
    write(this.#title, this.#folded ? document.question : say(titleOf(state, voting)))
    write(this.#question, document.question)
    const more = left(document, this.#draft)
    const shares = sharesOf(document, known)
    const isResult = state === 'revealed' || state === 'sealed'
    // A quiz question has no winners among its choices.
    const tied = isResult && document.answer === undefined && shares !== undefined && isTie(shares)
    for (const [i, row] of this.#rows.entries()) {
      const { choice } = document.choices[i]!
      row.show({
        voting,
        given: ownOf(this.#draft, choice) ?? 0,
        more,
        share: shares?.[i],
        language: this.#language,
        count: ownOf(known.counts, choice) ?? 0,
        right: isResult && document.answer?.includes(choice) === true,
        wins: isResult && shares?.[i]?.leads === true,
        tied: tied && shares[i]!.leads,
      })
    }
    this.#renderLog(known)
    const told: (Key | undefined)[] = [
      tied ? 'pollTie' : undefined,
      shares ? undefined : hidden({ visibility: document.visibility, state }),
      state === 'open' && !guestsVote(document) ? strangers(document) : undefined,
    ]
    const counts = [say('pollVoted', { n: known.ballots }), ...told.flatMap((key) => (key ? say(key) : []))]
    write(this.#hint, voting ? hint(document, more, say) : counts.join(' '))
    this.#vote.hidden = !voting
    this.#vote.disabled = isEmpty(this.#draft)
    write(this.#vote, say(receipt ? 'pollChange' : 'pollVote'))
    this.#change.hidden = voting || state !== 'open' || pending !== undefined || !document.change
    this.#check.hidden = receipt === undefined || voting
    this.#recount.hidden = state !== 'sealed' || document.publish === false
    this.#card.dataset.vote = pending
      ? 'pending'
      : event?.state === 'refused'
        ? 'refused'
        : receipt
          ? 'in'
          : ''
    this.#tick()
  }

  /** Two audiences compare the code to know that they were told the same; the witnesses are listed beside it. */
  #renderLog({ code, log }: CardState): void {
    this.#seal.hidden = code === undefined
    write(this.#code, code === undefined ? '' : codeWords(code))
    write(this.#seen, log?.seen ?? '')
    const wrong = log?.wrong ?? ''
    this.#log.hidden = wrong === ''
    this.#log.dataset.log = log?.state ?? ''
    write(this.#log, wrong)
  }

  /** Updates what changes with time alone. */
  #tick(): void {
    if (!this.#state) return
    const { state, closes, event, receipt, pending } = this.#state
    const leftMs = closes === undefined || state !== 'open' ? undefined : closes - this.#options.serverNow()
    write(this.#time, leftMs === undefined ? '' : countdown(leftMs, this.#options.words.say))
    this.#time.toggleAttribute('data-soon', leftMs !== undefined && leftMs < 10_000)
    write(
      this.#note,
      this.#refused ? this.#options.words.say(this.#refused) : this.#noteOf(event, receipt, pending),
    )
  }

  #noteOf(
    event: VoteEvent | undefined,
    receipt: Receipt | undefined,
    pending: VoteAnswer | undefined,
  ): string {
    const { say } = this.#options.words
    if (event && (pending || event.state === 'refused'))
      return voteWords(event, performance.now() - this.#eventMs, say)
    if (!receipt || this.#changing) return ''
    return say(counted(receipt))
  }

  async #verify(): Promise<void> {
    const { poll, document } = this.#state!
    const { words } = this.#options
    this.#check.disabled = true
    write(this.#check, words.say('pollChecking'))
    try {
      const verdict = await this.#options.onCheck(poll)
      if (this.#state?.poll === poll) this.#openVerdict(verdictWords(verdict, document, words), verdict.state)
    } catch {
      // No answer: neither a good nor a bad finding.
      this.#refused = 'checkNothing'
    } finally {
      this.#check.disabled = false
      write(this.#check, words.say('pollCheck'))
      this.#tick()
    }
  }

  /** A second press aborts it. */
  async #countAgain(): Promise<void> {
    if (this.#recounting) return this.#recounting.abort()
    const { poll, ballots } = this.#state!
    const recounting = new AbortController()
    this.#recounting = recounting
    const { say } = this.#options.words
    const progress = (counted: number) =>
      write(this.#recount, recountProgress(counted, ballots, say, this.#language))
    progress(0)
    try {
      const found = await this.#options.onRecount(poll, progress, recounting.signal)
      if (this.#state?.poll === poll && !recounting.signal.aborted)
        this.#openVerdict(recountWords(found, say), `recount-${found.state}`)
    } catch {
      this.#refused = 'checkNothing'
    } finally {
      this.#recounting = undefined
      write(this.#recount, say('pollRecount'))
      this.#tick()
    }
  }

  #openVerdict({ tone, title, found }: VerdictWords, name: string): void {
    const list = element('ul', 'poll-found', ...found.map((sentence) => element('li', '', sentence)))
    this.#verdict.dataset.tone = tone
    this.#verdict.dataset.verdict = name
    this.#verdict.replaceChildren(element('h2', 'poll-verdict-title', title), list)
    this.#verdict.hidden = false
    this.#refused = undefined
    // Show its first words: on a phone the text is longer than its space.
    this.#verdict.focus({ preventScroll: true })
    this.#verdict.scrollIntoView({ block: 'start' })
  }

  #closeVerdict(): void {
    this.#verdict.hidden = true
    this.#verdict.replaceChildren()
  }

  /** Announces news in the card to screen readers. */
  #announce({ poll, state, document }: CardState): void {
    const news = `${poll}/${state}`
    if (news === this.#told) return
    this.#told = news
    const { say } = this.#options.words
    const { question } = document
    this.#news.textContent =
      state === 'open'
        ? say('pollIsOpen', { question })
        : say('pollNews', { state: say(STATE_WORDS[state]), question })
  }
}

const titleOf = (state: PollState, voting: boolean): Key =>
  state === 'open' && !voting ? 'pollOpen' : STATE_WORDS[state]

/** Rows, and the viewer's draft, are kept while this stays the same. */
const ruleKey = ({ kind, max, choices }: PollDocument): string => JSON.stringify([kind, max, choices])

/** Writing the same text again would cost a layout, and a screen reader would repeat it. */
function write(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
