import { expect, test } from 'bun:test'
import { isAsWanted, topicConfigs } from './topics.ts'

test('no ballot is removed by its age, nor what orders them: a poll may be open for a season', () => {
  for (const topic of ['ballots', 'cuts'] as const)
    expect(topicConfigs(topic, { replication: 3 })).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
      'retention.bytes': '-1',
    })
})

test('the order of a list is no difference, a larger bound is none, a smaller one and another clock are', () => {
  expect(isAsWanted('cleanup.policy', 'compact,delete', 'delete, compact')).toBe(true)
  expect(isAsWanted('cleanup.policy', 'compact,delete', 'compact')).toBe(false)
  expect(isAsWanted('max.message.bytes', '1048588', '5000000')).toBe(true)
  expect(isAsWanted('max.message.bytes', '1048588', '1000')).toBe(false)
  expect(isAsWanted('message.timestamp.type', 'LogAppendTime', 'CreateTime')).toBe(false)
  expect(isAsWanted('retention.ms', '-1', undefined)).toBe(false)
  expect(isAsWanted('retention.ms', '-1', '2592000000')).toBe(false)
  expect(isAsWanted('retention.ms', '2592000000', '3600000')).toBe(false)
  expect(isAsWanted('retention.ms', '2592000000', '7776000000')).toBe(true)
  expect(isAsWanted('retention.ms', '2592000000', '-1')).toBe(true)
  expect(isAsWanted('retention.bytes', '-1', '1073741824')).toBe(false)
})
