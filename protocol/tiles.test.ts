import { expect, test } from 'bun:test'
import { readTilePath, TILE_WIDTH, tilePath, widthOf } from './tiles.ts'

test('a tile’s path is that of C2SP tlog-tiles: groups of three digits, and how many where it is not full', () => {
  const paths = {
    '0/000': { kind: 0, index: 0, width: 256 },
    '2/067.p/8': { kind: 2, index: 67, width: 8 },
    'entries/x001/x234/067': { kind: 'entries', index: 1_234_067, width: 256 },
    'ballots/x123/000.p/255': { kind: 'ballots', index: 123_000, width: 255 },
  } as const
  for (const [path, tile] of Object.entries(paths)) {
    expect(readTilePath(path)).toEqual(tile)
    expect(tilePath(tile)).toBe(path)
  }
})

test('a full tile has one path: it is never called a part of itself', () => {
  for (const width of [256, 257, 999]) expect(readTilePath(`0/000.p/${width}`)).toBeUndefined()
})

test('what is no tile, or another path of one, is none', () => {
  const none = [
    '',
    '0',
    '0/0',
    '0/0000',
    '0/x000/001',
    '0/001/002',
    '0/001.p/0',
    '0/001.p/256',
    '0/001.p/08',
    '7/000',
  ]
  for (const path of [...none, '01/000', 'heads/000', '0/001.p/8/', '../0/000', `0/${'x999/'.repeat(6)}999`])
    expect([path, readTilePath(path)]).toEqual([path, undefined])
})

test('a tile has as many hashes as complete subtrees are under it', () => {
  const leaves = 3 * TILE_WIDTH ** 2 + 5 * TILE_WIDTH + 7
  const of = (kind: number | 'entries', index: number) => widthOf({ kind, index }, leaves)
  expect([
    of(0, 0),
    of('entries', 773),
    of(0, 774),
    of(1, 2),
    of(1, 3),
    of(2, 0),
    of(2, 1),
    of(3, 0),
  ]).toEqual([256, 7, 0, 256, 5, 3, 0, 0])
})

test('there are seven levels of hashes: what is above them is more than a tree has', () => {
  expect(readTilePath('6/000')).toMatchObject({ kind: 6 })
  expect(readTilePath('7/000')).toBeUndefined()
  expect(readTilePath('0/000.p/255')).toMatchObject({ width: 255 })
  expect(readTilePath('0/000.p/256')).toBeUndefined()
})
