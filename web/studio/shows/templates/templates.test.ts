import { expect, test } from 'bun:test'
import { DEMO_SHOW } from '../../../../engine/demo-show.ts'
import { createPoll } from '../../../../engine/polls/life.ts'
import { createShow } from '../../../../engine/shows/life.ts'
import { isId } from '../../../../protocol/ids.ts'
import type { PollRules } from '../../../../protocol/polls.ts'
import type { StickerPack } from '../../../../protocol/show.ts'
import { fromTemplate } from '../make-show.ts'
import { idsOf } from './template.ts'
import { TEMPLATES } from './templates.ts'

const FIRST: StickerPack = { pack: 'classic', title: 'Classic', stickers: DEMO_SHOW.stickers, version: 1 }
/** As the server has it where nobody says so. */
const DEFAULTS: Omit<PollRules, 'question' | 'choices'> = {
  ...{ kind: 'one', max: 1, change: false, visibility: 'closed', graceMs: 0 },
  ...{ countLate: true, countQuarantined: false, voters: 'signed-in' },
}

test.each(TEMPLATES.map((template) => [template.id, template] as const))(
  'a show is made of the template %s: its bar is of its own stickers, its polls are good ones',
  (id, template) => {
    const { pack, settings } = fromTemplate(template)
    const packs = [FIRST, ...(pack ? [{ ...pack, version: 1 }] : [])]
    const show = createShow('night', { title: 'The night', ...settings }, { packs, now: 0 })
    expect(isId(id)).toBe(true)
    expect(idsOf(show.stickers)).toEqual(idsOf(pack?.stickers ?? FIRST.stickers))
    expect(new Set(show.stickers.map(({ sticker }) => sticker)).size).toBe(show.stickers.length)
    const polls = template.polls.map(({ poll, ...rules }) =>
      createPoll('night', poll, { ...DEFAULTS, ...rules }, 0),
    )
    expect(new Set(polls.map(({ poll }) => poll)).size).toBe(polls.length)
    for (const { poll, choices } of polls) {
      expect(isId(poll)).toBe(true)
      expect(choices.every(({ choice }) => isId(choice))).toBe(true)
    }
  },
)

test('templates are told apart by id, title and pack', () => {
  for (const what of ['id', 'title'] as const)
    expect(new Set(TEMPLATES.map((each) => each[what])).size).toBe(TEMPLATES.length)
  const packs = TEMPLATES.flatMap(({ pack }) => pack?.pack ?? [])
  expect(new Set(packs).size).toBe(packs.length)
})
