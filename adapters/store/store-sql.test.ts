import { expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from './store.contract.ts'
import { openSqlStore } from './store-sql.ts'

test('a forgotten key is in no file any more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  const store = await openSqlStore(`sqlite:${join(folder, 'roar.db')}`)
  const key = crypto.getRandomValues(new Uint8Array(32))
  const found = () =>
    readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(key.toBase64()))
  await store.polls.saveVoterKey('final', 'mvp', key)
  expect(found()).not.toEqual([])
  await store.polls.forgetVoterKey('final', 'mvp')
  expect(found()).toEqual([])
  await store.close()
  rmSync(folder, { recursive: true })
})

storeContract('in SQLite', async ({ after }) => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  after(() => rmSync(folder, { recursive: true }))
  const open = async () => {
    const store = await openSqlStore(`sqlite:${join(folder, 'roar.db')}`)
    after(() => store.close())
    return store
  }
  return { store: await open(), reopen: open }
})
