import { expect, test } from 'bun:test'
import { isMediaName, mediaNameFor, mediaNameOf, mediaPath } from './media.ts'

const NAME = `${'0a'.repeat(16)}.webp`

test('a picture is at its address, and no other address is one of this server’s pictures', () => {
  expect(mediaPath(NAME)).toBe(`/media/${NAME}`)
  expect(mediaNameOf(mediaPath(NAME))).toBe(NAME)
  for (const other of [NAME, `/other/${NAME}`, `/media/${NAME}?`, '/media/', '', `https://x/media/${NAME}`])
    expect(mediaNameOf(other)).toBeUndefined()
})

test('a name is half a SHA-256 and its type', () => {
  expect(mediaNameFor(new Uint8Array(32).fill(10))).toBe(NAME)
  expect(isMediaName(NAME)).toBe(true)
  for (const other of [
    `0${NAME}`,
    NAME.slice(1),
    NAME.toUpperCase(),
    `${NAME}\n`,
    NAME.replace('webp', 'png'),
  ])
    expect(isMediaName(other)).toBe(false)
})
