import { expect, test } from 'bun:test'
import { barOf } from './bar-set.ts'
import { OwnStickers } from './own-stickers.ts'

function ownStickers() {
  const device = new Map<string, string>()
  const keep = (key: string, value: string | undefined) =>
    value === undefined ? void device.delete(key) : void device.set(key, value)
  return { own: new OwnStickers({ kept: (key) => device.get(key), keep }), device }
}

test('what was used last stands first, once, and only so many are remembered', () => {
  const { own } = ownStickers()
  for (const sticker of ['six', 'heart', 'six', 'six']) own.used(sticker)
  expect(own.recent).toEqual(['six', 'heart'])
  for (let i = 0; i < 100; i++) own.used(`s-${i}`)
  expect(own.recent).toHaveLength(24)
  expect(own.recent[0]).toBe('s-99')
})

test('a favourite is one until it is none, and an empty list is not kept', () => {
  const { own, device } = ownStickers()
  own.setFavourite('six', true)
  own.setFavourite('heart', true)
  own.setFavourite('six', true)
  expect(own.favourites).toEqual(['heart', 'six'])
  own.setFavourite('heart', false)
  own.setFavourite('six', false)
  expect([own.favourites, device.size]).toEqual([[], 0])
})

test("the bar is the producer's, its last place the viewer's own", () => {
  const stickers = ['heart', 'six', 'wow', 'drum'].map((sticker) => ({ sticker, title: sticker }))
  const bar = (own?: string, bar?: string[]) =>
    barOf({ stickers, ...(bar && { bar }) }, own).map(({ sticker }) => sticker)
  expect(bar(undefined, ['six', 'heart'])).toEqual(['six', 'heart'])
  expect(bar('drum', ['six', 'heart'])).toEqual(['six', 'heart', 'drum'])
  // It is there already, or in this show not at all.
  expect(bar('six', ['six', 'heart'])).toEqual(['six', 'heart'])
  expect(bar('elsewhere', ['six'])).toEqual(['six'])
  expect(bar()).toEqual(['heart', 'six', 'wow', 'drum'])
})
