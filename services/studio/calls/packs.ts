import * as v from 'valibot'
import { withPacks } from '../../../engine/shows/life.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { BODY_BYTES_MAX, PACKS_TOTAL_MAX, STICKERS_MAX } from '../../../protocol/limits.ts'
import type { Show, Sticker, StickerPack } from '../../../protocol/show.ts'
import { decodeText, parseJson } from '../../http/body.ts'
import { answer, call, json, orFile } from '../../http/call/call.ts'
import { id } from '../../http/call/schemas.ts'
import { words } from '../../http/call/words.ts'
import { asSeen, checkSeen, etagOf, MATCHES, seenIn } from '../../http/versions.ts'
import { kindOf } from '../../media/kind.ts'
import type { Pictures } from '../../media/shelf.ts'
import { EXAMPLE_PACK, PackSchema, PackSticker } from '../../shows/schemas.ts'
import type { StudioContext } from '../context.ts'
import { checkKept, untilKept } from '../races.ts'
import { checkTellable, isTellable } from '../told.ts'

/** The turn for changes of packs: a show reads all of them. */
const TURN = 'packs'
/** The turn for storing and deleting pictures, so that none is deleted while it is being stored. Taken before the other. */
const SHELF_TURN = 'shelf'

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
  control.inTurn(TURN, () =>
    untilKept('the packs', async () => {
      const packs = await store.packs()
      const made: StickerPack = { pack, title, stickers: [], version: 1 }
      const known = packs.find((one) => one.pack === pack)
      if (known !== undefined && !Bun.deepEquals(known, made))
        throw new RoarError('already_exists', `there is already a pack ${pack}`)
      if (known === undefined && packs.length >= PACKS_TOTAL_MAX)
        throw new RoarError('bad_request', `there are already ${PACKS_TOTAL_MAX} packs`)
      if (known === undefined) {
        const entry = {
          at: clock.now(),
          who: caller.who,
          action: 'create-pack',
          poll: '',
          detail: { pack, title },
        }
        checkKept(await store.savePack(made, { replaces: 0, entry }))
      }
      return { status: 201 as const, headers: { etag: etagOf(made) }, body: made }
    }),
  ),
)

/** A change of one pack. */
interface Restock {
  pack: string
  who: string
  action: string
  detail: unknown
  /** The pack's version that the producer saw, from `If-Match`; undefined: any. */
  ifMatch: string | undefined
  act(stickers: readonly Sticker[]): readonly Sticker[]
  /** The sticker that this takes down: never refused because of a show. */
  takesDown?: string
}

/** Changes one pack, then every show that uses it: none, if one of them would become invalid. */
async function restock(
  context: StudioContext,
  { pack: name, who, action, detail, ifMatch, act, takesDown }: Restock,
): Promise<StickerPack> {
  const { control, store, clock } = context
  const changed = await control.inTurn(TURN, () =>
    untilKept('the pack', async () => {
      const packs = await store.packs()
      const pack = packOf(packs, name)
      const next = await asSeen(ifMatch, 'the pack', pack, () => {
        const stickers = [...act(pack.stickers)]
        if (stickers.length > STICKERS_MAX)
          throw new RoarError('bad_request', `a pack has at most ${STICKERS_MAX} stickers`)
        if (Bun.deepEquals(stickers, pack.stickers)) return pack
        return { ...pack, stickers, version: pack.version + 1 }
      })
      if (next === pack) return pack
      if (takesDown === undefined) {
        const after = packs.map((one) => (one === pack ? next : one))
        for (const show of showsOf(context, name)) checkFits(show, after)
      }
      const entry = { at: clock.now(), who, action, poll: '', detail }
      checkKept(await store.savePack(next, { replaces: pack.version, entry }))
      return next
    }),
  )
  await restockShows(context, { pack: name, who, takesDown })
  return changed
}

/**
 * The same with a sticker's picture, new or replaced. Nothing is half written: a picture is stored before its sticker, and
 * deleted if that cannot be stored; the replaced one is deleted once no sticker uses it.
 */
const replace = (
  context: StudioContext,
  change: Restock,
  picture?: { pictures: Pictures; keep(): Promise<void> },
): Promise<StickerPack> =>
  context.control.inTurn(SHELF_TURN, async () => {
    const before = packOf(await context.store.packs(), change.pack).stickers
    await picture?.keep()
    try {
      return await restock(context, change)
    } finally {
      await context.shelf.sweep(
        [...before, ...(picture ? [picture.pictures] : [])],
        await everySticker(context),
      )
    }
  })

const everySticker = async ({ store }: StudioContext): Promise<Sticker[]> =>
  (await store.packs()).flatMap(({ stickers }) => stickers)

const reply = (pack: StickerPack) => ({ status: 200, headers: { etag: etagOf(pack) }, body: pack }) as const

/** @throws RoarError unknown_pack */
function packOf(packs: readonly StickerPack[], name: string): StickerPack {
  const pack = packs.find((one) => one.pack === name)
  if (pack === undefined) throw new RoarError('unknown_pack', `there is no pack ${JSON.stringify(name)}`)
  return pack
}

const showsOf = ({ directory }: StudioContext, pack: string): Show[] =>
  directory
    .shows()
    .map((id) => directory.get(id).show)
    .filter(({ packs, archived }) => packs?.includes(pack) && archived === undefined)

/** The show with these packs. @throws RoarError bad_request if they do not fit into one show */
function restocked(show: Show, packs: readonly StickerPack[]): Show {
  const stocked = withPacks(show, packs)
  const bar = stocked.bar?.filter((id) => stocked.stickers.some(({ sticker }) => sticker === id))
  return { ...stocked, ...(bar && { bar }), version: show.version + 1 }
}

/**
 * The show without the sticker that is taken down. Another pack's sticker of the same id takes its place, unless it is too large
 * for the show.
 */
function takenDown(show: Show, packs: readonly StickerPack[], taken: string): Show {
  const next = restocked(show, packs)
  if (isTellable(next, show)) return next
  const without = packs.map((pack) => ({
    ...pack,
    stickers: pack.stickers.filter(({ sticker }) => sticker !== taken),
  }))
  return restocked(show, without)
}

/** @throws RoarError bad_request for a show that is invalid with these packs */
function checkFits(show: Show, packs: readonly StickerPack[]): void {
  try {
    checkTellable(restocked(show, packs), show)
  } catch (cause) {
    if (!(cause instanceof RoarError)) throw cause
    throw new RoarError('bad_request', `the show ${show.show} cannot have it: ${cause.message}`, { cause })
  }
}

async function restockShows(
  context: StudioContext,
  { pack, who, takesDown }: Pick<Restock, 'pack' | 'who'> & { takesDown: string | undefined },
): Promise<void> {
  const packs = await context.store.packs()
  for (const show of showsOf(context, pack)) {
    await context.changeShow({
      show: show.show,
      who,
      action: 'restock',
      detail: { pack },
      act(show) {
        const next = takesDown === undefined ? restocked(show, packs) : takenDown(show, packs, takesDown)
        return Bun.deepEquals({ ...next, version: 0 }, { ...show, version: 0 }) ? show : next
      },
    })
  }
}

/** The stickers with one replaced by id, or appended. @throws RoarError bad_request for aliases that others have */
function withSticker(stickers: readonly Sticker[], put: Sticker): Sticker[] {
  const others = new Set(
    stickers
      .filter(({ sticker }) => sticker !== put.sticker)
      .flatMap(({ sticker, aliases = [] }) => [sticker, ...aliases]),
  )
  const { sticker, aliases = [] } = put
  const taken = [sticker, ...aliases].find((id) => others.has(id))
  if (taken !== undefined && taken !== sticker)
    throw new RoarError('bad_request', `aliases: the pack already has ${taken}`)
  if (taken !== undefined && !stickers.some((one) => one.sticker === sticker))
    throw new RoarError('bad_request', `${sticker} is an alias in this pack`)
  if (aliases.includes(sticker))
    throw new RoarError('bad_request', `aliases: ${sticker} is the sticker itself`)
  if (new Set(aliases).size < aliases.length)
    throw new RoarError('bad_request', 'aliases: has an entry twice')
  const at = stickers.findIndex((one) => one.sticker === sticker)
  return at === -1 ? [...stickers, put] : stickers.with(at, put)
}

const TYPES = [
  'image/png',
  'image/webp',
  'image/avif',
  'image/gif',
  'image/svg+xml',
  'application/zip+dotlottie',
]

/** A Lottie is JSON, too; no sticker is as long as most of them, or has layers. */
function isPicture(bytes: Uint8Array): boolean {
  if (kindOf(bytes) !== 'json' || bytes.byteLength > BODY_BYTES_MAX) return true
  const given = parseJson(decodeText(bytes)) as object
  return 'layers' in given
}

export const putSticker = call({
  id: 'putSticker',
  method: 'PUT',
  path: '/v1/studio/packs/{pack}/stickers/{sticker}',
  tag: 'Studio',
  summary: 'Add a sticker to a pack, or replace the one with its id',
  description: `As JSON: title and keywords, with an emoji unless the sticker has a picture, which it keeps. As a file: its picture (PNG, WebP, AVIF, GIF, SVG or Lottie), with a title in the query if the sticker is new; other fields are kept, or can be set afterwards with a PUT of JSON. A picture is made anew as WebP, at most 384 pixels large, and still 128 pixels large; it moves where the file does. Every show that uses the pack has it within two seconds. ${MATCHES}`,
  who: 'producer',
  query: {
    title: v.pipe(words, v.description('Of a picture: the sticker’s title. Default: the one that it has')),
  },
  body: orFile(json(PackSticker, { title: 'Heart', keywords: ['love'], emoji: '❤️' }), {
    types: TYPES,
    is: isPicture,
  }),
  answers: { 200: answer('The pack as it is now', PackSchema, EXAMPLE_PACK) },
  errors: [
    'stale',
    'bad_picture',
    'media_off',
    'media_unavailable',
    'overloaded',
    'log_unavailable',
    'store_unavailable',
  ],
}).handle(
  async (context: StudioContext, { params: { pack, sticker }, query, body, caller, request, server }) => {
    const change = { pack, who: caller.who, action: 'put-sticker', ifMatch: seenIn(request) }
    if (!(body instanceof Uint8Array)) {
      const act = (stickers: readonly Sticker[]) =>
        withSticker(stickers, drawn(stickers, { sticker, ...body }))
      return reply(await replace(context, { ...change, detail: { pack, sticker, ...body }, act }))
    }
    const known = packOf(await context.store.packs(), pack)
    const before = known.stickers.find((one) => one.sticker === sticker)
    // Checked before the picture is made, which takes a while: if there is none yet, this cannot be a repeated request.
    if (before?.image === undefined) checkSeen(change.ifMatch, 'the pack', known)
    const title = query.title ?? before?.title
    if (title === undefined) throw new RoarError('bad_request', 'title: is required for a new sticker')
    // It may wait for its turn longer than a connection may be idle.
    server.timeout(request, 0)
    const picture = await context.shelf.make(body, caller.who)
    const { pictures } = picture
    const detail = { pack, sticker, title, ...pictures }
    const act = (stickers: readonly Sticker[]) => {
      const { emoji: _, ...known } = stickers.find((one) => one.sticker === sticker) ?? { sticker }
      return withSticker(stickers, { ...known, title, ...pictures })
    }
    return reply(await replace(context, { ...change, detail, act }, picture))
  },
)

/** A sticker is drawn by its emoji, or by its present picture. @throws RoarError bad_request for one that has neither */
function drawn(stickers: readonly Sticker[], put: Sticker): Sticker {
  if (put.emoji !== undefined) return put
  const { image, thumb } = stickers.find(({ sticker }) => sticker === put.sticker) ?? {}
  if (image === undefined)
    throw new RoarError('bad_request', 'emoji: is required for a sticker without a picture')
  return { ...put, image, ...(thumb !== undefined && { thumb }) }
}

export const deleteSticker = call({
  id: 'deleteSticker',
  method: 'DELETE',
  path: '/v1/studio/packs/{pack}/stickers/{sticker}',
  tag: 'Studio',
  summary: 'Remove a sticker from a pack',
  description: `It leaves every show that uses the pack within two seconds, and its picture every address. A burst that still has it is accepted, without it. ${MATCHES}`,
  who: 'producer',
  answers: { 200: answer('The pack as it is now', PackSchema, EXAMPLE_PACK) },
  errors: ['stale', 'media_unavailable', 'log_unavailable', 'store_unavailable'],
}).handle((context: StudioContext, { params: { pack, sticker }, caller, request }) =>
  context.control.inTurn(SHELF_TURN, async () => {
    const isTaken = (one: Sticker) => one.sticker === sticker
    const packs = await context.store.packs()
    const known = packOf(packs, pack)
    const taken = known.stickers.filter(isTaken)
    // Repeating a removal succeeds, since the response may have been lost.
    if (taken.length > 0) checkSeen(seenIn(request), 'the pack', known)
    const others = packs.flatMap((other) =>
      other.stickers.filter((one) => other.pack !== pack || !isTaken(one)),
    )
    // The picture first: if its store is unreachable nothing has changed, and repeating the request deletes it.
    await context.shelf.sweep(taken, others)
    const changed = await restock(context, {
      // Once the picture is deleted there is nothing left to refuse.
      ...{ pack, ifMatch: undefined, who: caller.who, action: 'delete-sticker' },
      detail: { pack, sticker },
      act: (stickers) => stickers.filter((one) => !isTaken(one)),
      takesDown: sticker,
    })
    return reply(changed)
  }),
)
