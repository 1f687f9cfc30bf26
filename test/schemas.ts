import { join } from 'node:path'
import { BALLOT } from '../protocol/records/ballots.ts'
import { CELL } from '../protocol/records/cells.ts'
import { POLL, REVOKED, SHOW } from '../protocol/records/control.ts'
import { CUT } from '../protocol/records/cuts.ts'
import { DEAD_LETTER } from '../protocol/records/dead-letters.ts'
import { HELD } from '../protocol/records/held.ts'
import { schemaOf } from '../protocol/records/json-schema.ts'
import { POST } from '../protocol/records/posts.ts'
import { ROOM_MOMENTS } from '../protocol/records/room-moments.ts'
import { ROOM_EVENT } from '../protocol/records/rooms.ts'
import { SIGHTINGS } from '../protocol/records/sightings.ts'
import { SLICE } from '../protocol/records/slices.ts'
import { TALLY } from '../protocol/records/tallies.ts'

export const SCHEMA_FOLDER = join(import.meta.dir, '../docs/schemas')

/** The JSON Schemas of `docs/schemas/`, by the name of their file. */
export const SCHEMAS = {
  slice: schemaOf('A record of the topic reactions: a slice', SLICE),
  cell: schemaOf('A record of the topic counts: a cell', CELL),
  post: schemaOf('A record of the topic posts: a post', POST),
  held: schemaOf('A record of the topic held: a post that a moderator sees first', HELD),
  show: schemaOf('A record of the topic control: a show', SHOW),
  poll: schemaOf('A record of the topic control: a poll', POLL),
  revoked: schemaOf('A record of the topic control: a revoked token', REVOKED),
  ballot: schemaOf('A record of the topic ballots: a ballot', BALLOT),
  sightings: schemaOf('A record of the topic sightings: what one ingest accepted', SIGHTINGS),
  cut: schemaOf('A record of the topic cuts: how far the partitions of ballots reached', CUT),
  tally: schemaOf('A record of the topic tallies: a cell', TALLY),
  'room-event': schemaOf('A record of the topic rooms: who makes, joins or leaves one', ROOM_EVENT),
  'room-moments': schemaOf(
    'A record of the topic room-moments: what one ingest heard of rooms',
    ROOM_MOMENTS,
  ),
  'dead-letter': schemaOf('A record of the topic dead-letters: a dead letter', DEAD_LETTER),
}

/** `npm run schemas`: writes them anew after a change of a grammar. */
if (import.meta.main) {
  for (const [name, schema] of Object.entries(SCHEMAS))
    await Bun.write(join(SCHEMA_FOLDER, `${name}.json`), `${JSON.stringify(schema, undefined, 2)}\n`)
}
