import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { temporaryFolder } from '../../test/embedded.ts'
import { openFiles } from './files.ts'

test('the newest tally of each cell is read, also where a running server deletes older ones meanwhile', async () => {
  using folder = temporaryFolder()
  const [log, store] = [join(folder.path, 'log.db'), join(folder.path, 'roar.db')]
  const db = new Database(log)
  new Database(store).close()
  db.run('CREATE TABLE log_tallies (place INTEGER PRIMARY KEY, at INTEGER, name TEXT, value BLOB) STRICT')
  const append = (place: number, cell: string) =>
    db.run('INSERT INTO log_tallies VALUES (?, 0, ?, ?)', [place, cell, new Uint8Array([place])])
  db.transaction(() => {
    for (let place = 0; place < 1_000; place++) append(place, `cell${place}`)
  })()
  const source = openFiles({ log, store })
  const newest = new Map<string | null, number>()
  for await (const rows of source.rows('tallies')) {
    const isFirst = newest.size === 0
    for (const { key, offset } of rows) newest.set(key, offset)
    if (!isFirst) continue
    append(1_000, 'cell900')
    db.run('DELETE FROM log_tallies WHERE place NOT IN (SELECT max(place) FROM log_tallies GROUP BY name)')
  }
  expect([newest.size, newest.get('cell900')]).toEqual([1_000, 1_000])
  await source.close()
  db.close()
})
