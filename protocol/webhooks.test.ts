import { expect, test } from 'bun:test'
import { WEBHOOK_EVENTS, WEBHOOK_TEST } from './webhooks.ts'

test('events have the names that receivers were set up for', () => {
  expect([...WEBHOOK_EVENTS, WEBHOOK_TEST]).toEqual([
    ...['poll.opened', 'poll.closed', 'poll.revealed', 'poll.sealed'],
    ...['show.started', 'show.ended', 'show.threshold', 'show.highlight'],
    'webhook.test',
  ])
})
