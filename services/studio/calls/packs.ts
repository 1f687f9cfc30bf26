import * as v from 'valibot'
import { withPacks } from '../../../engine/shows/life.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { PACKS_TOTAL_MAX, STICKERS_MAX } from '../../../protocol/limits.ts'
import type { Sticker, StickerPack } from '../../../protocol/show.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { id } from '../../http/call/schemas.ts'
import { EXAMPLE_PACK, PackSchema, PackSticker, words } from '../../shows/schemas.ts'
import type { StudioContext } from '../context.ts'

/** The turn in which packs change: a show reads them all. */
const TURN = 'packs'

export const listPacks = call({
  id: 'listPacks',
  method: 'GET',
  path: '/v1/studio/packs',
  tag: 'Studio',
  summary: 'List the packs of stickers',
  who: 'member',
  answers: { 200: answer('The packs', v.array(PackSchema), [EXAMPLE_PACK]) },
  errors: ['store_unavailable'],
}).handle(async ({ store }: StudioContext) => ({ status: 200, body: await store.packs() }))

export const createPack = call({
  id: 'createPack',
  method: 'POST',
  path: '/v1/studio/packs',
  tag: 'Studio',
  summary: 'Create a pack of stickers',
  who: 'producer',
  body: json(v.strictObject({ pack: id, title: words }), { pack: 'season-26', title: 'Season 26' }),
  answers: { 201: answer('The pack', PackSchema, { ...EXAMPLE_PACK, stickers: [] }) },
  errors: ['already_exists', 'store_unavailable'],
}).handle(({ control, store, clock }: StudioContext, { body: { pack, title }, caller }) =>
  control.inTurn(TURN, async () => {
    const packs = await store.packs()
    const made: StickerPack = { pack, title, stickers: [], version: 1 }
    const known = packs.find((one) => one.pack === pack)
    if (known !== undefined && !Bun.deepEquals(known, made))
      throw new RoarError('already_exists', `there is a pack ${pack}`)
    if (packs.length >= PACKS_TOTAL_MAX)
      throw new RoarError('bad_request', `there are ${PACKS_TOTAL_MAX} packs`)
    if (known === undefined) {
      const entry = {
        at: clock.now(),
        who: caller.who,
        action: 'create-pack',
        poll: '',
        detail: { pack, title },
      }
      if (!(await store.savePack(made, entry)))
        throw new RoarError('already_exists', `there is a pack ${pack}`)
    }
    return { status: 201, body: made }
  }),
)

/** Changes one pack, then every show that has it. */
async function restock(
  { control, store, clock, changeShow, directory }: StudioContext,
  { pack: name, who, action, detail }: { pack: string; who: string; action: string; detail: unknown },
  act: (stickers: readonly Sticker[]) => Sticker[],
): Promise<StickerPack> {
  const changed = await control.inTurn(TURN, async () => {
    const pack = (await store.packs()).find((one) => one.pack === name)
    if (pack === undefined) throw new RoarError('unknown_pack', `there is no pack ${name}`)
    const stickers = act(pack.stickers)
    if (stickers.length > STICKERS_MAX)
      throw new RoarError('bad_request', `a pack has at most ${STICKERS_MAX} stickers`)
    if (Bun.deepEquals(stickers, pack.stickers)) return pack
    const next = { ...pack, stickers, version: pack.version + 1 }
    if (!(await store.savePack(next, { at: clock.now(), who, action, poll: '', detail })))
      throw new RoarError('stale', 'somebody else changed the pack', { current: { ...pack } })
    return next
  })
  const packs = await store.packs()
  for (const show of directory.shows().map((id) => directory.get(id).show)) {
    if (!show.packs?.includes(name) || show.archived !== undefined) continue
    await changeShow({
      show: show.show,
      who,
      action: 'restock',
      detail: { pack: name },
      act(show) {
        const stocked = withPacks(show, packs)
        const bar = stocked.bar?.filter((id) => stocked.stickers.some(({ sticker }) => sticker === id))
        const next = { ...stocked, ...(bar && { bar }), version: show.version + 1 }
        return Bun.deepEquals({ ...next, version: 0 }, { ...show, version: 0 }) ? show : next
      },
    })
  }
  return changed
}

export const putSticker = call({
  id: 'putSticker',
  method: 'PUT',
  path: '/v1/studio/packs/{pack}/stickers/{sticker}',
  tag: 'Studio',
  summary: 'Add a sticker to a pack, or replace the one with its id',
  description: 'Every show that uses the pack has it within two seconds.',
  who: 'producer',
  body: json(PackSticker, { title: 'Heart', keywords: ['love'], emoji: '❤️' }),
  answers: { 200: answer('The pack as it is now', PackSchema, EXAMPLE_PACK) },
  errors: ['stale', 'log_unavailable', 'store_unavailable'],
}).handle(async (context: StudioContext, { params: { pack, sticker }, body, caller }) => ({
  status: 200,
  body: await restock(
    context,
    { pack, who: caller.who, action: 'put-sticker', detail: { pack, sticker, ...body } },
    (stickers) => {
      const put = { sticker, ...body }
      const at = stickers.findIndex((one) => one.sticker === sticker)
      return at === -1 ? [...stickers, put] : stickers.with(at, put)
    },
  ),
}))

export const deleteSticker = call({
  id: 'deleteSticker',
  method: 'DELETE',
  path: '/v1/studio/packs/{pack}/stickers/{sticker}',
  tag: 'Studio',
  summary: 'Remove a sticker from a pack',
  description:
    'It leaves every show that uses the pack within two seconds. A burst that still has it is accepted, without it.',
  who: 'producer',
  answers: { 200: answer('The pack as it is now', PackSchema, EXAMPLE_PACK) },
  errors: ['stale', 'log_unavailable', 'store_unavailable'],
}).handle(async (context: StudioContext, { params: { pack, sticker }, caller }) => ({
  status: 200,
  body: await restock(
    context,
    { pack, who: caller.who, action: 'delete-sticker', detail: { pack, sticker } },
    (stickers) => stickers.filter((one) => one.sticker !== sticker),
  ),
}))
