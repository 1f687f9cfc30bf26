import { expect, test } from 'bun:test'
import * as topics from './topics.ts'

test('topics are those that clients, edges and brokers of other versions know', () => {
  const { moodTopic, feedTopic, pollTopic, roomTopic, viewersTopic, showTopic } = topics
  expect([moodTopic('final'), moodTopic('final', 'home')]).toEqual([
    'roar/final/mood',
    'roar/final/mood/home',
  ])
  expect([feedTopic, viewersTopic, showTopic].map((topicOf) => topicOf('final'))).toEqual([
    ...['roar/final/feed', 'roar/final/viewers', 'roar/final/show'],
  ])
  expect(pollTopic('final', 'mvp')).toBe('roar/final/polls/mvp')
  expect(roomTopic('final', 'c1')).toBe('roar/final/rooms/c1')
  expect([topics.TREE_TOPIC, topics.FLEET_TOPIC]).toEqual(['roar/$tree/path', 'roar/$tree/edges'])
  expect(topics.RELAY_FILTER).toBe('roar/#')
  expect(topics.revokedTopic('mark')).toBe('roar/$tokens/revoked/mark')
  expect([topics.REPORTS_FILTER, topics.reportTopic('e1')]).toEqual(['roar-viewers/+', 'roar-viewers/e1'])
})

test('a report is told from the topics of shows', () => {
  expect(topics.isReport(topics.reportTopic('e1'))).toBe(true)
  for (const other of ['roar-viewers', 'roar/final/viewers']) expect(topics.isReport(other)).toBe(false)
})

test('a topic of a show says which show it is, and no other topic does', () => {
  expect([topics.showOf('roar/final/mood'), topics.showOf('roar/final/mood/home')]).toEqual([
    'final',
    'final',
  ])
  for (const other of ['roar', 'roar/final', 'roar//mood', 'other/final/mood', ''])
    expect(topics.showOf(other)).toBeUndefined()
})
