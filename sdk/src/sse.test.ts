import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { sseReader } from './sse.ts'

/** Reads the text in chunks that end at the given places. */
function read(text: string, cuts: number[] = []): [string, string][] {
  const events: [string, string][] = []
  const reader = sseReader((name, data) => events.push([name, data]))
  const ends = [...cuts.map((cut) => cut % text.length).sort((a, b) => a - b), text.length]
  for (const [i, end] of ends.entries()) reader(text.slice(ends[i - 1] ?? 0, end))
  return events
}

const STREAM = [
  'retry: 4000\n\n',
  ':\n\n',
  'event: mood\ndata: {"at":1}\n\n',
  'event: mood/home\r\ndata:{"at":2}\r\n\r\n',
  'id: 7\nevent: feed\ndata: {"at":3,\ndata: "n":0}\n\n',
  'event: empty\n\n',
  'data: nameless\n\n',
  'event: cut\ndata: off',
].join('')

test('events come out the same wherever the chunks are cut', () => {
  const whole = read(STREAM)
  expect(whole).toEqual([
    ['mood', '{"at":1}'],
    ['mood/home', '{"at":2}'],
    ['feed', '{"at":3,"n":0}'],
    ['', 'nameless'],
  ])
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => expect(read(STREAM, cuts)).toEqual(whole)),
  )
})

test('a line without end is refused before it fills the memory', () => {
  const reader = sseReader(() => {})
  expect(() => {
    for (let chunk = 0; chunk < 100; chunk++) reader('x'.repeat(1024))
  }).toThrow(RangeError)
})
