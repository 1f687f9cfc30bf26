import * as v from 'valibot'
import { statementOf } from '../../../engine/polls/receipts.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { plural } from '../../../protocol/plural.ts'
import { type Certificate, type CertificateStatement, leafText } from '../../../protocol/polls.ts'
import { readTilePath, TILE_WIDTH, type Tile, widthOf } from '../../../protocol/tiles.ts'
import { answer, call } from '../../http/call/call.ts'
import { jsonHeaders } from '../../http/responses.ts'
import { targetOf } from '../../http/target.ts'
import { sha256 } from '../../sha256.ts'
import type { PollsContext } from '../context.ts'
import { headNote } from '../head-note.ts'
import { ballotsOfChunk, linesOf, PUBLISHED_CACHE, publishedOf } from '../published.ts'
import { EXAMPLE_HEAD } from '../schemas.ts'
import type { SigningKeys } from '../signing-keys.ts'

export const getCheckpoint = call({
  id: 'getCheckpoint',
  method: 'GET',
  path: '/v1/shows/{show}/polls/{poll}/tiles/checkpoint',
  tag: 'Polls',
  summary: 'Get the signed head of all ballots of a sealed poll',
  description: 'A C2SP tlog-checkpoint of the certificate’s tree: what the tiles are checked against.',
  who: 'anybody',
  answers: { 200: answer('A signed note', v.string(), EXAMPLE_HEAD, 'text/plain') },
  errors: ['not_sealed', 'not_published', 'store_unavailable'],
}).route((context: PollsContext) => async (request) => {
  const { show, poll } = request.params as { show: string; poll: string }
  return answered(checkpointOf(context.signingKeys, await publishedOf(context, show, poll)), 'text/plain')
})

/**
 * The poll's last head; for a poll without one, the same text signed with the seal's key: the same signature whenever it is
 * requested.
 */
function checkpointOf(keys: SigningKeys, { statement, head }: Certificate): string {
  if (head !== undefined) return head
  const { ballots, root, sealed } = statement
  const base64 = Buffer.from(root, 'base64url').toString('base64')
  return headNote(keys, statement, { size: ballots, root: base64, atMs: sealed })
}

export const getTile = call({
  id: 'getTile',
  method: 'GET',
  path: '/v1/shows/{show}/polls/{poll}/tiles/tile/{tile}',
  tag: 'Polls',
  summary: 'Get a tile of the tree of a sealed poll’s ballots',
  description:
    'C2SP tlog-tiles: hashes by their level (`0/x001/067`), leaves (`entries/x001/067`), each with `.p/W` where it has only W; and beside them the ballots themselves, one JSON object a line (`ballots/x001/067`).',
  who: 'anybody',
  answers: {
    200: answer(
      'Hashes of 32 bytes, or entries with their length before them',
      v.string(),
      '',
      'application/octet-stream',
    ),
  },
  errors: ['not_sealed', 'not_published', 'store_unavailable', 'log_unavailable'],
}).route((context: PollsContext) => async (request) => {
  const { show, poll } = request.params as { show: string; poll: string }
  const { statement } = await publishedOf(context, show, poll)
  const [, path = ''] = targetOf(request).path.split('/tiles/tile/')
  const tile = readTilePath(path)
  if (tile === undefined || tile.width > widthOf(tile, statement.ballots))
    throw new RoarError('not_found', `the tree of ${plural(statement.ballots, 'ballot')} has no such tile`)
  const type = tile.kind === 'ballots' ? 'application/x-ndjson' : 'application/octet-stream'
  return answered(await bytesOf(context, statement, tile), type)
})

const answered = (body: string | Uint8Array<ArrayBuffer>, type: string): Response =>
  new Response(body, { headers: jsonHeaders({ 'content-type': type, 'cache-control': PUBLISHED_CACHE }) })

async function bytesOf(
  context: PollsContext,
  statement: CertificateStatement,
  { kind, index, width }: Tile,
): Promise<string | Uint8Array<ArrayBuffer>> {
  if (typeof kind === 'number') {
    const from = index * TILE_WIDTH
    return joined(await context.proofs.hashes(statement, { level: kind, from, width }))
  }
  const placed = (await ballotsOfChunk(context, statement, index)).slice(0, width)
  if (kind === 'ballots') return linesOf(placed, statement)
  const { paper } = statement
  return joined(
    placed.flatMap(({ ballot, place }) => {
      const entry = Buffer.from(leafText(statementOf(sha256, ballot, { place, paper })))
      return [Uint8Array.of(entry.length >> 8, entry.length & 255), entry]
    }),
  )
}

const joined = (parts: Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts))
