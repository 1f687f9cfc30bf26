import { expect, test } from 'bun:test'
import { newDelivery } from './new-delivery.ts'

test('what happened has the id that it had in every version: what was told is not told again after an update', () => {
  const news = {
    key: 'w\nshow.started\nfinal',
    webhook: 'w',
    event: 'show.started',
    at: 1_795_349_712_000,
  } as const
  expect(
    newDelivery({ ...news, data: { show: 'final', title: 'The final' }, due: 1_795_349_713_000 }),
  ).toEqual({
    ...{ delivery: 'msg_PMm4fGhOoiicINNUXFfP6T', webhook: 'w', event: 'show.started' },
    ...{ state: 'waiting', at: 1_795_349_712_000, tries: 0, due: 1_795_349_713_000 },
    body: '{"type":"show.started","timestamp":"2026-11-22T12:15:12.000Z","data":{"show":"final","title":"The final"}}',
  })
})
