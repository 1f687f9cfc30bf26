import { expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Poll } from '../../protocol/polls.ts'
import { storeContract } from '../store/store.contract.ts'
import { openSqliteStore } from './store-sqlite.ts'

test('a forgotten key is in no file any more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  const store = await openSqliteStore(join(folder, 'roar.db'))
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

test('polls and keys are in the synced file as soon as they are written, and not in its WAL alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  const store = await openSqliteStore(join(folder, 'roar.db'))
  const inFile = (text: string) => readFileSync(join(folder, 'roar.db')).includes(text)
  await store.polls.saveSigningKey({ kid: 'a signing key', from: 0, jwk: '{}' })
  expect(inFile('a signing key')).toBe(true)
  const key = crypto.getRandomValues(new Uint8Array(32))
  await store.polls.saveVoterKey('final', 'mvp', key)
  expect(inFile(key.toBase64())).toBe(true)
  const poll = { show: 'final', poll: 'mvp', question: 'Who was the best?', version: 1 } as Poll
  await store.polls.save(poll, { replaces: 0, entry: { at: 1, who: 'boss', action: 'open', poll: 'mvp' } })
  expect(inFile('Who was the best?')).toBe(true)
  await store.close()
  rmSync(folder, { recursive: true })
})

storeContract('in SQLite', async ({ after }) => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  after(() => rmSync(folder, { recursive: true }))
  const open = async () => {
    const store = await openSqliteStore(join(folder, 'roar.db'))
    after(() => store.close())
    return store
  }
  return { store: await open(), reopen: open }
})
