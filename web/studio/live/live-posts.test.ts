import { expect, test } from 'bun:test'
import { withPosts } from './live-posts.ts'

const post = (id: string, at: number) => ({ id, at, viewer: 'v', name: 'Ada', sticker: 'six' })

test('posts stand newest first, each once, and at most 200 of them', () => {
  const some = withPosts([post('a', 1)], { posts: [post('b', 3), post('a', 1), post('c', 2)] })
  expect(some.map(({ id }) => id)).toEqual(['b', 'c', 'a'])
  const many = withPosts(some, { posts: Array.from({ length: 300 }, (_, i) => post(`p${i}`, 10 + i)) })
  expect(many).toHaveLength(200)
  expect(many[0]!.id).toBe('p299')
})
