import { expect, test } from 'bun:test'
import { invitationIn, linkOf } from './invitation.ts'

const INVITATION = { room: 'k2vq5o7ynd4xw3hbzt6jc2mfla', invite: 'p7x2dnqk4w5hz3ryc6tbmo2jva' }

test('a link leads to the same page and says in its fragment what it lets in to', () => {
  const link = linkOf('https://tv.example/roar/?show=final#room=old.old', INVITATION)
  expect(link).toStartWith('https://tv.example/roar/?show=final#')
  expect(invitationIn(new URL(link).hash)).toEqual(INVITATION)
})

test('another fragment is no invitation', () => {
  for (const fragment of [
    '',
    '#',
    '#feed',
    '#room=',
    '#room=a',
    '#room=a.',
    '#room=a.b.c',
    '#room=A.b',
    `#room=${'a'.repeat(33)}.b`,
  ])
    expect(invitationIn(fragment)).toBeUndefined()
})
