import type { ShowDocument } from '../../../sdk/src/index.ts'
import { button, element } from '../../dom/element.ts'
import { languageOf } from '../../dom/language.ts'
import { colourOf, sidesOf } from '../../mood/sides.ts'
import type { Say } from '../../words/words.ts'
import { historyOf } from '../history.ts'
import { factsOf, type RecapFacts } from './facts.ts'
import { drawRecap, LINE, type RecapWords } from './picture.ts'

const ACCENT = '#ffb03a'
/** Steps requested at most: a long show has longer ones, so that the answer stays small. */
const STEPS_MAX = 2000
const SECOND_MS = 1000
/** How far back to look for a show without recorded times. */
const LOOK_BACK_MS = 6 * 3_600_000

export interface RecapOptions {
  /** The server's address, without a slash at its end. */
  url: string
  say: Say
  /** This viewer's taps, by sticker. */
  taps: ReadonlyMap<string, number>
  /** The segment this viewer stands with. */
  side: string | undefined
  now: number
}

/**
 * The evening, as words and as a picture to keep and share: the line of the show, its loudest moments,
 * everybody's reactions and this viewer's. Made on this device; nothing is sent anywhere.
 * @throws if the server does not return the show's history
 */
export async function showRecap(show: ShowDocument, options: RecapOptions): Promise<void> {
  const { url, taps, side, now } = options
  const to = Math.ceil(show.ends ?? now)
  const from = Math.min(show.starts ?? to - LOOK_BACK_MS, to)
  const stepMs = Math.max(2, Math.ceil((to - from) / SECOND_MS / STEPS_MAX)) * SECOND_MS
  const sides = sidesOf(show)
  const history = await historyOf({
    ...{ url, show: show.show, from, to, stepMs, clock: 'programme' },
    sides: sides.map(({ segment }) => segment),
  })
  const facts = factsOf(show, history, { taps, side, count: LINE.count })
  const words = wordsOf(facts, show, options)
  const { direction } = languageOf(show.language)
  const canvas = element('canvas', 'recap-picture')
  await drawRecap(canvas, facts, {
    ...{ words, accent: show.accent ?? ACCENT, rtl: direction === 'rtl', server: url },
    colours: {
      sides: sides.map((one, place) => [one.segment, colourOf(one, place)]),
      rest: show.accent ?? ACCENT,
      ground: '#3a2f55',
    },
  })
  const picture = await new Promise<Blob | null>((made) => canvas.toBlob(made, 'image/png'))
  if (picture === null) throw new Error('this browser could not render the picture')
  openDialog({ facts, words, canvas, picture, file: `${show.show}.png` }, options)
}

function wordsOf(facts: RecapFacts, { language }: ShowDocument, { say }: RecapOptions): RecapWords {
  const time = new Intl.DateTimeFormat(languageOf(language).tag, { hour: '2-digit', minute: '2-digit' })
  const { all, mine, side, moments } = facts
  return {
    all: say('recapAll', { n: all }),
    mine: mine > 0 ? say('recapMine', { n: mine }) : undefined,
    side: side && say('recapSide', { side: side.title }),
    moments: moments.map(({ at, lift, sticker }) => ({
      sticker,
      words: say('recapMoment', { sticker: sticker.title, time: time.format(at), n: lift }),
    })),
  }
}

interface Made {
  facts: RecapFacts
  words: RecapWords
  canvas: HTMLCanvasElement
  picture: Blob
  file: string
}

function openDialog({ facts, words, canvas, picture, file }: Made, { say }: RecapOptions): void {
  const address = URL.createObjectURL(picture)
  const dialog = element('dialog', 'recap')
  const said = [facts.title, words.all, words.mine, words.side, ...words.moments.map(({ words }) => words)]
  canvas.setAttribute('role', 'img')
  canvas.setAttribute('aria-label', said.filter((sentence) => sentence !== undefined).join('. '))
  const save = element('a', 'recap-act', say('recapSave'))
  save.href = address
  save.download = file
  const close = button('recap-act', say('recapClose'))
  close.addEventListener('click', () => dialog.close())
  const acts = element('div', 'recap-acts', save, close)
  const shared = { files: [new File([picture], file, { type: picture.type })] }
  // Without a system share sheet, only saving is offered.
  if (navigator.canShare?.(shared)) {
    const share = button('recap-act recap-share', say('recapShare'))
    share.addEventListener('click', () => {
      // A cancelled share needs no message.
      navigator.share(shared).catch(() => {})
    })
    acts.prepend(share)
  }
  dialog.setAttribute('aria-label', say('recap'))
  dialog.append(canvas, acts)
  // A click outside the content hits the dialog itself, whose backdrop it is.
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close())
  dialog.addEventListener('close', () => {
    dialog.remove()
    URL.revokeObjectURL(address)
  })
  document.body.append(dialog)
  dialog.showModal()
}
