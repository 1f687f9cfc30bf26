import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import type { Result } from '../../engine/polls/tally.ts'
import { tapsOf } from '../../load/replay/cast.ts'
import { readRecording } from '../../load/replay/recording.ts'
import type { HistoryCount } from '../../protocol/counts.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { RecordingLine } from '../../protocol/recording.ts'
import { control } from '../../protocol/records/control.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { recordingLines } from './recording.ts'

const NOW = 1_795_349_712_000
const final = { show: 'final', title: 'Final', stickers: [], segments: [], version: 1 }
const choices = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))
const mvp: Poll = {
  ...{ show: 'final', poll: 'mvp', question: 'Who?', choices, kind: 'one', max: 1, change: false },
  ...{ visibility: 'live', opens: NOW, graceMs: 0, countLate: true, countQuarantined: false, version: 1 },
}

/** What is recorded of such a history and such counts of the poll `mvp`. */
async function recorded(
  history: HistoryCount[],
  result: Pick<Result, 'counts' | 'segments'>,
): Promise<RecordingLine[]> {
  const log = new MemoryLog({ clock: new ManualClock(NOW) })
  const directory = new ShowDirectory({ log, logger: pino({ level: 'silent' }), health: UNSUPERVISED })
  await log.append('control', [control.encode(final), control.encode(mvp)])
  await directory.caughtUp()
  const store = new MemoryStore()
  const counted = { totals: [], shifts: [], history, cells: [], cellsFrom: 0, moods: [] }
  await store.saveCounts('final', counted, await store.takeTerm())
  const desk = { tally: () => ({ result: () => result }) }
  const lines: RecordingLine[] = []
  const given = { store, directory, desk } as unknown as Parameters<typeof recordingLines>[0]
  for await (const some of recordingLines(given, 'final', { from: NOW, to: NOW + 60_000, stepMs: 1000 }))
    lines.push(...some)
  await directory.close()
  await log.close()
  return lines
}

test('a crowd of any size is recorded so that it can be replayed, with every tap and vote', async () => {
  const lines = await recorded([{ at: NOW, segment: '', sticker: 'six', count: 12_000_001 }], {
    counts: { anna: 25_000_000, ben: 5_000_000 },
    segments: { home: { viewers: 7_000_000, counts: { anna: 7_000_000 } } },
  })
  const { taps, votes } = readRecording(lines.map((line) => JSON.stringify(line)).join('\n'))
  expect(tapsOf(taps)).toBe(12_000_001)
  const votesFor = (segment: string, choice: string) =>
    tapsOf(votes.filter((line) => line.segment === segment && line.choice === choice))
  expect([votesFor('home', 'anna'), votesFor('', 'anna'), votesFor('', 'ben')]).toEqual([
    7_000_000, 18_000_000, 5_000_000,
  ])
})

test('a count that is no crowd’s is one line, and does not take all memory', async () => {
  const lines = await recorded([{ at: NOW, segment: '', sticker: 'six', count: Number.MAX_SAFE_INTEGER }], {
    ...{ counts: { anna: 1, ben: 0 }, segments: {} },
  })
  expect(lines.filter(({ line }) => line === 'taps')).toMatchObject([{ count: Number.MAX_SAFE_INTEGER }])
})
