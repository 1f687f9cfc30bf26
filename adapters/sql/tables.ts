import type { Cell } from '../../protocol/cell.ts'
import type { Suspect } from '../../protocol/cohorts.ts'
import type { SegmentMood } from '../../protocol/counts.ts'
import type { DecisionRequest } from '../../protocol/decisions.ts'
import { TIME_MAX } from '../../protocol/limits.ts'
import type { Certificate, Poll } from '../../protocol/polls.ts'
import { CELL } from '../../protocol/records/cells.ts'
import {
  type Field,
  FLAG,
  type Grammar,
  ID,
  list,
  object,
  oneOf,
  optional,
  type Shape,
  TIME,
  text,
  whole,
} from '../../protocol/records/grammar.ts'
import type { Show, StickerPack } from '../../protocol/show.ts'
import type { TrailEntry } from '../../protocol/trail.ts'
import type { Credential, StoredPerson } from '../store/people.ts'
import type { StoredDelivery, StoredWebhook } from '../store/webhooks.ts'

/**
 * A table of documents, with what a document must have to be used. Bounds are their writers' business: here only what is no
 * document of the table at all is told from one.
 */
export interface Table<Document> {
  name: string
  grammar: Grammar
  /** Only a type. */
  document?: Document
}

const TEXT = text(Number.MAX_SAFE_INTEGER)
const DATE = whole(0, TIME_MAX)
const NUMBER: Shape = {
  kind: 'number',
  min: -Number.MAX_VALUE,
  max: Number.MAX_VALUE,
  is: 'a number',
  are: 'numbers',
}
const listOf = (of: Shape): Shape => list(of, { max: Number.MAX_SAFE_INTEGER })
const those = (fields: Record<string, Field>): Shape =>
  object({ fields }, { is: 'an object', are: 'objects' })

const OBJECTS = listOf(those({}))
const GRANTS = listOf(those({ role: TEXT, show: optional(TEXT) }))
const DECIDER = those({ person: TEXT, name: TEXT, who: TEXT })

export const SHOWS: Table<Show> = {
  name: 'shows',
  grammar: { fields: { show: ID, stickers: OBJECTS, segments: OBJECTS, version: NUMBER } },
}
export const POLLS: Table<Poll> = {
  name: 'polls',
  grammar: { fields: { show: ID, poll: ID, choices: OBJECTS, version: NUMBER } },
}
export const CELLS: Table<Cell> = {
  name: 'cells',
  // As the log has it: nothing that it takes may keep its show from being read again.
  grammar: CELL,
}
export const MOODS: Table<SegmentMood['packet']> = {
  name: 'moods',
  // Counts are sums of what anybody wrote into the log: only that they are numbers is certain.
  grammar: { fields: { at: DATE, ms: whole(0), n: NUMBER, total: NUMBER } },
}
export const PACKS: Table<StickerPack> = {
  name: 'packs',
  grammar: { fields: { pack: ID, title: TEXT, stickers: OBJECTS, version: whole(0) } },
}
export const CERTIFICATES: Table<Certificate> = {
  name: 'certificates',
  grammar: { fields: { statement: those({}), kid: TEXT, signature: TEXT, head: optional(TEXT) } },
}
export const TRAIL: Table<TrailEntry> = {
  name: 'audit_trail',
  grammar: { fields: { at: TIME, who: TEXT, action: TEXT, poll: TEXT, hash: TEXT } },
}
export const SUSPECTS: Table<Suspect> = {
  name: 'suspects',
  grammar: {
    fields: {
      ...{ cohort: TEXT, kind: TEXT, ballots: whole(0), quarantined: whole(0), beyondLimit: whole(0) },
      ...{ signs: listOf(those({ sign: TEXT })), from: TIME, to: TIME },
    },
  },
}
export const REQUESTS: Table<DecisionRequest> = {
  name: 'decision_requests',
  grammar: {
    fields: {
      ...{ request: TEXT, show: TEXT, poll: TEXT, action: TEXT, changes: optional(those({})), reason: TEXT },
      ...{ by: DECIDER, at: TIME, expires: TIME, version: whole(0) },
      // The first requests had none.
      seen: optional(TEXT),
      decided: optional(those({ approved: FLAG, by: DECIDER, at: TIME })),
    },
  },
}
export const PEOPLE: Table<StoredPerson> = {
  name: 'people',
  grammar: {
    fields: {
      ...{ person: TEXT, email: TEXT, name: TEXT, roles: GRANTS, made: TIME, version: whole(0) },
      ...{ password: optional(TEXT), subject: optional(those({ issuer: TEXT, sub: TEXT })) },
      totp: optional(those({ secret: TEXT, step: whole(0), recovery: listOf(TEXT), isConfirmed: FLAG })),
    },
  },
}
export const CREDENTIALS: Table<Credential> = {
  name: 'credentials',
  grammar: {
    fields: {
      ...{ kind: oneOf('session', 'link', 'api-key'), id: TEXT, hash: TEXT, person: TEXT },
      ...{ made: TIME, ends: TIME, grants: optional(GRANTS) },
    },
  },
}
export const WEBHOOKS: Table<StoredWebhook> = {
  name: 'webhooks',
  grammar: {
    fields: {
      ...{ webhook: TEXT, url: TEXT, secret: TEXT, events: listOf(TEXT), show: optional(TEXT), made: TIME },
      threshold: optional(those({ perSecond: whole(1), forS: whole(1) })),
    },
  },
}
export const DELIVERIES: Table<StoredDelivery> = {
  name: 'webhook_deliveries',
  grammar: {
    fields: { delivery: TEXT, webhook: TEXT, event: TEXT, at: TIME, body: TEXT, error: optional(TEXT) },
  },
}
