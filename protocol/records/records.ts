import { ballots } from './ballots.ts'
import { cells } from './cells.ts'
import { control } from './control.ts'
import { cuts } from './cuts.ts'
import { deadLetters } from './dead-letters.ts'
import { held } from './held.ts'
import { posts } from './posts.ts'
import { roomMoments } from './room-moments.ts'
import { rooms } from './rooms.ts'
import { sightings } from './sightings.ts'
import { slices } from './slices.ts'
import { tallies } from './tallies.ts'

/** The codec of each of the log's topics. */
export const CODECS = {
  reactions: slices,
  counts: cells,
  posts,
  held,
  control,
  ballots,
  sightings,
  cuts,
  tallies,
  rooms,
  'room-moments': roomMoments,
  'dead-letters': deadLetters,
}
