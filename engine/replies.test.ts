import { expect, test } from 'bun:test'
import type { Post } from '../protocol/packets.ts'
import { withReplyName } from './replies.ts'

const POST: Post = { id: 'p2', viewer: 'v2', name: 'Ann', text: 'So do I', at: 2 }
const nameOf = (id: string) => (id === 'p1' ? 'Ben' : undefined)

test('a reply has the name of whom it answers, as long as that post is shown', () => {
  expect(withReplyName({ ...POST, replyTo: 'p1' }, nameOf)).toEqual({
    ...POST,
    replyTo: 'p1',
    replyName: 'Ben',
  })
  const gone = { ...POST, replyTo: 'p0' }
  expect(withReplyName(gone, nameOf)).toBe(gone)
})

test('a post that answers nobody has no name of another, whatever is known of others', () => {
  expect(withReplyName(POST, () => 'somebody')).toBe(POST)
})
