import { expect, test } from 'bun:test'
import { overlayOptions } from './options.ts'

const read = (query: string) => overlayOptions(new URLSearchParams(query))

test('without a word there is everything, on the left, off the edges and the lower third', () => {
  expect(read('')).toEqual({
    parts: new Set(['mood', 'poll', 'feed', 'swarm'] as const),
    side: 'left',
    safe: 5,
    scale: 1,
    lower: false,
    poll: undefined,
  })
})

test('what is asked for is there', () => {
  expect(read('parts=poll,swarm&side=right&safe=0&scale=1.5&lower=on&poll=mvp')).toEqual({
    parts: new Set(['poll', 'swarm'] as const),
    side: 'right',
    safe: 0,
    scale: 1.5,
    lower: true,
    poll: 'mvp',
  })
})

test.each([
  'parts=',
  'parts=nothing',
  'safe=-1&scale=0',
  'safe=21&scale=1e9',
  'safe=%20&scale=NaN',
  'side=up&lower=1',
])('what is none of its values is as if it were not there: %s', (query) =>
  expect(read(query)).toEqual(read('')),
)
