import * as v from 'valibot'
import { refuseArchived } from '../../../engine/shows/life.ts'
import { changeWordList, sizesOf, tidyWordList } from '../../../engine/shows/word-lists.ts'
import { STUDIO_BODY_BYTES_MAX } from '../../../protocol/limits.ts'
import type { Show } from '../../../protocol/show.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { etagOf, MATCHES, seenIn } from '../../http/versions.ts'
import { WORD_LIST, WordListSchema } from '../../shows/schemas.ts'
import type { StudioContext } from '../context.ts'
import { SHOW_ERRORS } from './shows.ts'

export const putWordList = call({
  id: 'putWordList',
  method: 'PUT',
  path: '/v1/studio/shows/{show}/word-lists/{language}',
  tag: 'Studio',
  summary: 'Put the words of one language that viewers may not simply post',
  description: `At every server within two seconds. Words are found whole, whatever their case, their form in Unicode and simple disguises; every text is read by all lists. In rooms texts are refused and not held. Without entries there is no list any more. ${MATCHES}`,
  who: 'moderator',
  body: json(
    v.strictObject({
      hold: v.optional(WORD_LIST.hold, []),
      refuse: v.optional(WORD_LIST.refuse, []),
    }),
    { hold: ['damn'], refuse: ['scheiß*'] },
    { bytesMax: STUDIO_BODY_BYTES_MAX },
  ),
  answers: {
    200: answer('The list as it is now', WordListSchema, {
      language: 'de',
      hold: ['damn'],
      refuse: ['scheiß*'],
    }),
  },
  errors: [...SHOW_ERRORS],
}).handle(async ({ changeShow }: StudioContext, { params, body, caller, request }) => {
  const list = tidyWordList({ language: params.language, ...body })
  const { language } = list
  const changed = await changeShow({
    ...{ show: params.show, who: caller.who, action: 'put-word-list' },
    detail: sizesOf(list),
    ifMatch: seenIn(request),
    act(show) {
      if (Bun.deepEquals(listOf(show, language), list)) return show
      refuseArchived(show)
      return changeWordList(show, list)
    },
  })
  return { status: 200, headers: { etag: etagOf(changed) }, body: list }
})

const listOf = ({ wordLists = [] }: Show, language: string) =>
  wordLists.find((list) => list.language === language) ?? { language, hold: [], refuse: [] }
