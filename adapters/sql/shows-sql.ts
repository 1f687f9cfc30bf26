import type { SQL } from 'bun'
import type { Store } from '../store/store.ts'
import { documentIn, documentsIn, type OnUnreadable } from './document.ts'
import { isStill } from './is-still.ts'
import { savePoll } from './polls-sql.ts'
import { PACKS, SHOWS } from './tables.ts'
import { note } from './trail-sql.ts'

/** Rolls back a transaction that found a poll at another version. */
const OTHER_POLL = new Error('a poll has another version')

/** Shows and packs: versioned documents; the store has the newest. */
export const sqlShowStore = (
  sql: SQL,
  onUnreadable: OnUnreadable,
): Pick<Store, 'shows' | 'show' | 'saveShow' | 'packs' | 'savePack'> => ({
  async shows() {
    const rows: { show_id: string; document: string }[] =
      await sql`SELECT show_id, document FROM shows ORDER BY show_id`
    return rows.map(({ show_id, document }) => documentIn(document, SHOWS, show_id))
  },
  async show(show) {
    const [row]: { document: string }[] = await sql`SELECT document FROM shows WHERE show_id = ${show}`
    return row && documentIn(row.document, SHOWS, show)
  },
  saveShow: (show, { replaces, entry, polls = [] }) =>
    sql
      .begin(async (transaction) => {
        const row = { show_id: show.show, document: JSON.stringify(show), version: show.version }
        const written: unknown[] = await transaction`INSERT INTO shows ${transaction(row)}
          ON CONFLICT (show_id) DO UPDATE SET document = excluded.document, version = excluded.version
          WHERE ${isStill(transaction, 'shows', replaces)} RETURNING show_id`
        if (written.length === 0) return false
        for (const each of polls) if (!(await savePoll(transaction, each))) throw OTHER_POLL
        if (entry !== undefined) await note(transaction, { show: show.show, entry, onUnreadable })
        return true
      })
      .catch((cause) => {
        if (cause === OTHER_POLL) return false
        throw cause
      }),
  async packs() {
    const rows: { pack_id: string; document: string }[] =
      await sql`SELECT pack_id, document FROM packs ORDER BY pack_id`
    return documentsIn(rows, PACKS, { keyOf: ({ pack_id }) => [pack_id], onUnreadable })
  },
  savePack: (pack, { replaces, entry }) =>
    sql.begin(async (transaction) => {
      const row = { pack_id: pack.pack, document: JSON.stringify(pack), version: pack.version }
      const written: unknown[] = await transaction`INSERT INTO packs ${transaction(row)}
        ON CONFLICT (pack_id) DO UPDATE SET document = excluded.document, version = excluded.version
        WHERE ${isStill(transaction, 'packs', replaces)} RETURNING pack_id`
      if (written.length === 0) return false
      if (entry !== undefined) await note(transaction, { show: '', entry, onUnreadable })
      return true
    }),
})
