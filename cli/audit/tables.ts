import { pathToFileURL } from 'node:url'
import { SQL } from 'bun'
import type { AuditSource } from './source.ts'

/** Chunks of some hundred leaves each. */
const CHUNKS_AT_ONCE = 100
const ENTRIES_AT_ONCE = 1000

/** Reads an audit's tables from SQLite or PostgreSQL, with statements of its own, as the recount has code of its own. */
export function openTables(url: string): Omit<AuditSource, 'rows' | 'embedded'> & { close(): Promise<void> } {
  const sql = url.startsWith('sqlite:')
    ? new SQL({ adapter: 'sqlite', filename: pathToFileURL(url.slice('sqlite:'.length)), readonly: true })
    : new SQL({ url, max: 1 })
  return {
    async poll(show, poll) {
      const [row] = await sql`SELECT document FROM polls WHERE show_id = ${show} AND poll_id = ${poll}`
      return row?.document
    },
    async certificate(show, poll) {
      const [row] = await sql`SELECT document FROM certificates WHERE show_id = ${show} AND poll_id = ${poll}`
      return row?.document
    },
    async *leaves(show, poll) {
      for (let from = 0; ; from += CHUNKS_AT_ONCE) {
        const rows: { ballots: string; hashes: string }[] =
          await sql`SELECT ballots, hashes FROM marked_leaves
          WHERE show_id = ${show} AND poll_id = ${poll} AND chunk >= ${from} AND chunk < ${from + CHUNKS_AT_ONCE}
          ORDER BY chunk`
        if (rows.length === 0) return
        for (const { ballots, hashes } of rows)
          yield { ballots: ballots.split(' '), hashes: Buffer.from(hashes, 'base64') }
      }
    },
    async head(show, poll) {
      const [row]: { tree_size: number; root: string }[] = await sql`SELECT tree_size, root FROM tree_heads
        WHERE show_id = ${show} AND poll_id = ${poll}`
      return (
        row && { size: Number(row.tree_size), root: Buffer.from(row.root, 'base64').toString('base64url') }
      )
    },
    async *trail(show) {
      for (let from = 1; ; from += ENTRIES_AT_ONCE) {
        const rows: { document: string }[] = await sql`SELECT document FROM audit_trail
          WHERE show_id = ${show} AND entry >= ${from} AND entry < ${from + ENTRIES_AT_ONCE} ORDER BY entry`
        if (rows.length === 0) return
        for (const { document } of rows) yield document
      }
    },
    async keys() {
      const rows: { jwk: string }[] = await sql`SELECT jwk FROM signing_keys`
      return rows.map(({ jwk }) => jwk)
    },
    close: () => sql.close(),
  }
}
