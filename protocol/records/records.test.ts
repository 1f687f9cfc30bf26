import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { RECORD_BYTES_MAX, RECORD_FAULTS, type RecordCodec } from './codec.ts'
import { control } from './control.ts'
import { DEAD_LETTER_BYTES_MAX, deadLetterOf, deadLetters } from './dead-letters.ts'
import { CODECS } from './records.ts'
import { slices } from './slices.ts'

/**
 * One golden vector of `protocol/vectors/records/`: what a writer writes, what a reader makes of what others write, and
 * why it refuses the rest. `base64` stands for bytes that are no text.
 */
interface RecordVector {
  written: { value: object; key: string | null; text: string }[]
  readable: { text: string; value: object }[]
  refused: { text?: string; base64?: string; reason: string }[]
}

const utf8 = new TextEncoder()
const bytesOf = ({ text, base64 }: { text?: string; base64?: string }): Uint8Array =>
  text === undefined ? Uint8Array.fromBase64(base64!) : utf8.encode(text)
const vectorOf = (topic: string): RecordVector =>
  JSON.parse(readFileSync(new URL(`../vectors/records/${topic}.json`, import.meta.url), 'utf8'))

describe.each(Object.keys(CODECS) as (keyof typeof CODECS)[])('golden vectors of the topic %s', (topic) => {
  const codec = CODECS[topic] as unknown as RecordCodec<object>
  const { written, readable, refused } = vectorOf(topic)

  test('a writer writes these bytes under this key, and a reader reads them back', () => {
    expect(codec.topic).toBe(topic)
    for (const { value, key, text } of written) {
      const record = codec.encode(value)
      expect(record).toEqual({ key, value: utf8.encode(text) })
      expect(codec.decode(record.value)).toEqual(value)
    }
  })

  test('what others may write is read', () => {
    for (const { text, value } of readable) expect(codec.decode(utf8.encode(text))).toEqual(value)
  })

  test('what is no record is refused with its reason', () => {
    for (const { reason, ...record } of refused) {
      const read = codec.decode(bytesOf(record))
      if (read !== reason)
        throw new Error(`${JSON.stringify(record)} gives ${JSON.stringify(read)}, not ${reason}`)
    }
  })

  test('whatever the bytes, a reader gives a value or a reason and never throws', () => {
    const json = fc.json({ maxDepth: 3 }).map((text) => utf8.encode(text))
    const torn = fc
      .tuple(fc.constantFrom(...written), fc.nat(), fc.uint8Array({ maxLength: 4 }))
      .map(([{ text }, at, other]) => {
        const bytes = utf8.encode(text)
        bytes.set(other, at % (bytes.length - other.length))
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), json, torn), (bytes) => {
        const read = codec.decode(bytes)
        expect(['string', 'object']).toContain(typeof read)
        // What is read is written again as what it is: a record that is passed on stays the same.
        if (typeof read === 'object') expect(codec.decode(codec.encode(read).value)).toEqual(read)
      }),
      { numRuns: 300 },
    )
  })

  test('a reader and a writer know nothing of fields that the grammar does not name, but in documents', () => {
    const { value, text } = written[0]!
    const more = { ...value, later: 1 }
    const read = codec.decode(utf8.encode(JSON.stringify(more)))
    expect(read).toEqual(topic === 'control' ? more : value)
    if (topic !== 'control') expect(codec.encode(more).value).toEqual(utf8.encode(text))
  })

  test('a record larger than any writer makes is not parsed', () => {
    const padding = ' '.repeat(RECORD_BYTES_MAX - utf8.encode(written[0]!.text).length)
    expect(codec.decode(utf8.encode(written[0]!.text + padding))).toEqual(written[0]!.value)
    expect(codec.decode(utf8.encode(`${written[0]!.text}${padding} `))).toBe(RECORD_FAULTS.size)
  })
})

test('each column of a slice is as long as the others', () => {
  const { value } = vectorOf('reactions').written.find((one) => 'viewer' in one.value)!
  for (const column of ['segment', 'sticker', 'count', 'time', 'viewer']) {
    const shorter = { ...value, [column]: (value as Record<string, unknown[]>)[column]!.slice(1) }
    expect([column, slices.decode(utf8.encode(JSON.stringify(shorter)))]).toEqual([
      column,
      'the columns are not of one length',
    ])
  }
})

test('a record is read up to four mebibytes', () => {
  expect(RECORD_BYTES_MAX).toBe(4 * 1024 * 1024)
})

test('documents keep what they do not know at every depth', () => {
  const [show, poll] = vectorOf('control').written.map(({ value }) => value)
  const everything = {
    ...show,
    video: { url: 'https://stadium.example/final.m3u8' },
    rules: { guests: true, posts: true, text: true, rooms: true, postEveryMs: 0 },
    switches: { posts: 'on', feed: 'slow', text: 'held', reactions: 'on', stickers: { heart: 'off' } },
    muted: [{ viewer: 'rude-rudi' }],
    wordLists: [{ language: 'en', hold: ['rude'], refuse: [] }],
    pinned: { id: 'p1', viewer: 'ann', text: 'What a night', at: 1_795_349_700_000 },
  }
  for (const document of [everything, poll]) {
    const later = JSON.parse(JSON.stringify(document).replaceAll('{"', '{"later":1,"'))
    expect(control.decode(utf8.encode(JSON.stringify({ v: 1, ...later })))).toEqual(later)
  }
})

test('a writer gives the same bytes whatever the order in which a value got its fields', () => {
  const value = { ...vectorOf('reactions').written[0]!.value }
  const turned = Object.fromEntries(Object.entries(value).toReversed())
  expect(slices.encode(turned as never)).toEqual(slices.encode(value as never))
})

test('a dead letter holds the first 64 KiB of its record, and can be read itself', () => {
  const value = new Uint8Array(2_000_000).fill(0x7b)
  const letter = deadLetterOf('posts', { partition: 3, offset: 9, value }, 'not a JSON object')
  const read = deadLetters.decode(deadLetters.encode(letter).value)
  expect(read).toEqual(letter)
  expect(Uint8Array.fromBase64(letter.value)).toEqual(value.subarray(0, DEAD_LETTER_BYTES_MAX))
})
