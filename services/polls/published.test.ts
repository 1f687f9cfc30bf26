import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { LEAVES_PER_CHUNK } from '../../adapters/store/polls.ts'
import { ballotsOfChunk } from './published.ts'

test('a poll of whose leaves the store has too few has no published ballots, rather than an answer without an end', async () => {
  const clock = new ManualClock(1_795_349_712_000)
  const context = { store: memoryPollStore(), log: new MemoryLog({ clock }) }
  const statement = { show: 'final', poll: 'mvp', ballots: LEAVES_PER_CHUNK + 1 }
  for (const chunk of [0, 1])
    await expect(ballotsOfChunk(context, statement, chunk)).rejects.toMatchObject({ code: 'not_published' })
})
