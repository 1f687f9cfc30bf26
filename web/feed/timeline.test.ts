import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Post } from '../../sdk/src/index.ts'
import { type FeedChange, Timeline } from './timeline.ts'

const post = (id: string, viewer = 'v1', sticker = 'six'): Post => ({
  id,
  viewer,
  name: `name of ${viewer}`,
  sticker,
  at: 1,
})
const own = { name: 'Mira', sticker: 'six', at: 1 }
const shown = (timeline: Timeline) => timeline.entries.map(({ key, own, state }) => ({ key, own, state }))

describe('own posts', () => {
  test('stand in the feed before the server has them', () => {
    const timeline = new Timeline()
    const { key, changes } = timeline.postOwn(own)
    expect(changes).toMatchObject([{ kind: 'added' }])
    expect(shown(timeline)).toEqual([{ key, own: true, state: 'waiting' }])
  })

  test('are one entry when the answer comes before the packet', () => {
    const timeline = new Timeline()
    timeline.setViewer('me')
    const { key } = timeline.postOwn(own)
    timeline.confirm(key, { post: { id: 'p1', at: 2 } })
    timeline.receive(post('p1', 'me'))
    expect(shown(timeline)).toEqual([{ key, own: true, state: 'sent' }])
    // A guest may have been given another name.
    expect(timeline.entries[0]!.name).toBe('name of me')
  })

  test('are one entry when the packet comes before the answer', () => {
    const timeline = new Timeline()
    timeline.setViewer('me')
    const { key } = timeline.postOwn(own)
    timeline.receive(post('p1', 'me'))
    timeline.confirm(key, { post: { id: 'p1', at: 2 } })
    expect(shown(timeline)).toEqual([{ key, own: true, state: 'sent' }])
  })

  test('are one entry when the packet comes before the viewer is known', () => {
    const timeline = new Timeline()
    const { key } = timeline.postOwn(own)
    timeline.receive(post('p1', 'me'))
    const changes = timeline.confirm(key, { post: { id: 'p1', at: 2 } })
    expect(changes).toContainEqual({ kind: 'removed', key: 'p1' })
    expect(shown(timeline)).toEqual([{ key, own: true, state: 'sent' }])
  })

  test('in a row are one entry with a number, in whichever order packets and answers come', () => {
    for (const order of ['p1 p2 a1 a2', 'a1 a2 p1 p2', 'p2 a1 a2 p1', 'a2 p2 p1 a1', 'p1 a1 a2 p2']) {
      const timeline = new Timeline()
      timeline.setViewer('me')
      const keys = [timeline.postOwn(own).key, timeline.postOwn(own).key]
      expect(timeline.entries).toMatchObject([{ key: keys[0], times: 2, state: 'waiting' }])
      const states = order.split(' ').map((news) => {
        const id = `p${news[1]}`
        if (news[0] === 'p') timeline.receive(post(id, 'me'))
        else timeline.confirm(keys[Number(news[1]) - 1]!, { post: { id, at: 2 } })
        return timeline.entries.map(({ times, state }) => `${state} ×${times}`).join()
      })
      expect([order, states.at(-1)]).toEqual([order, 'sent ×2'])
      expect(timeline.withdraw(['p1'])).toMatchObject([{ kind: 'changed', entry: { times: 1 } }])
      expect(timeline.withdraw(['p2'])).toMatchObject([{ kind: 'removed', key: keys[0] }])
    }
  })

  test('that a moderator takes away before the answer leave the screen, and one of a row its count', () => {
    for (const viewer of ['me', ''])
      for (const order of ['removal answer packet', 'packet removal answer', 'removal packet answer']) {
        const timeline = new Timeline()
        timeline.setViewer(viewer)
        const { key } = timeline.postOwn(own)
        const earlier = timeline.postOwn(own).key
        timeline.confirm(earlier, { post: { id: 'p0', at: 1 } })
        for (const news of order.split(' ')) {
          if (news === 'removal') timeline.withdraw(['p1'])
          if (news === 'packet') timeline.receive(post('p1', 'me'))
          if (news === 'answer') timeline.confirm(key, { post: { id: 'p1', at: 2 } })
        }
        const left = timeline.entries.map(({ key, times, waiting, state }) => ({
          key,
          times,
          waiting,
          state,
        }))
        expect({ viewer, order, left }).toEqual({
          viewer,
          order,
          left: [{ key, times: 1, waiting: 0, state: 'sent' }],
        })
        timeline.withdraw(['p0'])
        expect(timeline.entries).toEqual([])
      }
  })

  test('one of a row that is refused or held stands apart, and the others stay sent', () => {
    for (const at of [0, 1]) {
      const timeline = new Timeline()
      timeline.setViewer('me')
      const keys = [timeline.postOwn(own).key, timeline.postOwn(own).key, timeline.postOwn(own).key]
      const [unlucky] = keys.splice(at, 1)
      timeline.fail(unlucky!)
      timeline.confirm(keys[0]!, { post: { id: 'p1', at: 2 }, held: true })
      timeline.confirm(keys[1]!, { post: { id: 'p2', at: 2 } })
      const lines = () => timeline.entries.map(({ times, state }) => `${state} ×${times}`)
      expect(lines()).toEqual(['sent ×1', 'held ×1', 'failed ×1'])
      timeline.receive(post('p1', 'me'))
      expect(lines()).toEqual(['sent ×1', 'sent ×1', 'failed ×1'])
      expect(new Set(timeline.entries.map(({ key }) => key)).size).toBe(3)
    }
  })

  test('another author, another sticker or a refusal ends the row', () => {
    const timeline = new Timeline()
    timeline.setViewer('me')
    timeline.fail(timeline.postOwn(own).key)
    timeline.postOwn(own)
    timeline.postOwn({ ...own, sticker: 'four' })
    timeline.receive(post('p7', 'v1', 'four'))
    timeline.postOwn({ ...own, sticker: 'four' })
    expect(timeline.entries.map(({ times }) => times)).toEqual([1, 1, 1, 1, 1])
  })

  test('that were refused stay and say so', () => {
    const timeline = new Timeline()
    const { key } = timeline.postOwn(own)
    timeline.fail(key)
    expect(timeline.entries).toMatchObject([{ times: 1, own: true, state: 'failed' }])
  })

  test('from another window of the same viewer are marked as own', () => {
    const timeline = new Timeline()
    timeline.setViewer('me')
    timeline.receive(post('p1', 'me'))
    expect(timeline.entries[0]!.own).toBe(true)
  })
})

test('a post in two packets is shown once', () => {
  const timeline = new Timeline()
  timeline.receive(post('p1'))
  expect(timeline.receive(post('p1'))).toEqual([])
  expect(timeline.entries).toHaveLength(1)
})

test('the oldest leave when the feed is full, and a screen that follows the changes shows the same', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30 }), { maxLength: 60 }), (ids) => {
      const timeline = new Timeline({ entriesMax: 5 })
      const screen: string[] = []
      const follow = (changes: FeedChange[]) => {
        for (const change of changes) {
          if (change.kind === 'added') screen.push(change.entry.key)
          if (change.kind === 'removed') screen.splice(screen.indexOf(change.key), 1)
        }
      }
      for (const id of ids) follow(timeline.receive(post(`p${id}`)))
      expect(timeline.entries.length).toBeLessThanOrEqual(5)
      expect(screen).toEqual(timeline.entries.map(({ key }) => key))
    }),
  )
})

test('a post that is taken away leaves the screen, and does not come back with a later packet', () => {
  const timeline = new Timeline()
  const post = (id: string) => ({ id, viewer: 'v', name: 'Ada', sticker: 'six', at: 1 })
  timeline.receive(post('p1'))
  expect(timeline.withdraw(['p1', 'p2'])).toEqual([{ kind: 'removed', key: 'p1' }])
  expect(timeline.withdraw(['p1'])).toEqual([])
  for (const id of ['p1', 'p2']) expect(timeline.receive(post(id))).toEqual([])
})

test('a post that was released stands where it was, once, and not where its viewer is hidden or it was never seen', () => {
  const timeline = new Timeline({ entriesMax: 3 })
  const post = (id: string, at: number) => ({ id, viewer: `v${id}`, name: 'Ada', sticker: 'six', at })
  for (const [i, id] of ['p1', 'p2', 'p3'].entries()) timeline.receive(post(id, i))
  timeline.withdraw(['p2', 'p4'])
  expect(timeline.restore(['p2', 'p4', 'p5'])).toMatchObject([{ kind: 'added', entry: { key: 'p2' } }])
  expect(timeline.restore(['p2'])).toEqual([])
  expect(timeline.receive(post('p2', 1))).toEqual([])
  expect(timeline.entries.map(({ key }) => key)).toEqual(['p1', 'p2', 'p3'])
  timeline.withdraw(['p1'])
  expect(timeline.receive(post('p4', 3))).toMatchObject([{ kind: 'added' }])
  // It is the oldest of more than are kept.
  expect(timeline.restore(['p1'])).toMatchObject([{ kind: 'added' }, { kind: 'removed', key: 'p1' }])
  timeline.withdraw(['p3'])
  timeline.hide(['vp3'])
  expect(timeline.restore(['p3'])).toEqual([])
  expect(timeline.entries.map(({ key }) => key)).toEqual(['p2', 'p4'])
  timeline.withdraw(['p4'])
  timeline.clear()
  expect(timeline.restore(['p4'])).toEqual([])
})

test('a post that was missed stands among its neighbours, also in a run, and one that comes late at the end', () => {
  const timeline = new Timeline({ entriesMax: 4 })
  const post = (id: string, at: number, viewer = id) => ({ id, viewer, name: 'Ada', sticker: 'six', at })
  for (const at of [2, 6]) timeline.receive(post(`p${at}`, at))
  const missed = (one: Post) => timeline.receive(one, timeline.placeOf(one.at))
  for (const at of [3, 5]) missed(post(`p${at}`, at))
  missed(post('p4', 4, 'p3'))
  expect(timeline.entries.map(({ key, times }) => [key, times])).toEqual([
    ['p2', 1],
    ['p3', 2],
    ['p5', 1],
    ['p6', 1],
  ])
  // It is older than all of as many as are kept.
  expect(missed(post('p1', 1))).toMatchObject([{ kind: 'added' }, { kind: 'removed', key: 'p1' }])
  timeline.receive(post('p0', 0))
  expect(timeline.entries.map(({ key }) => key)).toEqual(['p3', 'p5', 'p6', 'p0'])
})

test('of a run, what is released is counted again, also where all of it had left', () => {
  const timeline = new Timeline()
  const runs = () => timeline.entries.map(({ key, times }) => [key, times])
  for (const id of ['p1', 'p2', 'p3']) timeline.receive(post(id))
  timeline.withdraw(['p1', 'p2'])
  timeline.restore(['p1'])
  expect(runs()).toEqual([['p1', 2]])
  timeline.withdraw(['p1', 'p3'])
  expect(runs()).toEqual([])
  timeline.restore(['p3', 'p1', 'p2'])
  expect(runs()).toEqual([['p1', 3]])
})

test('a sticker that somebody posts in a row is one entry with a count; a text, another sticker or another viewer ends the run', () => {
  const timeline = new Timeline()
  const runs = () => timeline.entries.map(({ key, times }) => [key, times])
  for (const id of ['p1', 'p2', 'p3']) timeline.receive(post(id))
  timeline.receive({ ...post('p4'), text: 'What a hit' })
  timeline.receive(post('p5'))
  timeline.receive(post('p6', 'v2'))
  timeline.receive(post('p7', 'v2', 'four'))
  expect(runs()).toEqual([
    ['p1', 3],
    ['p4', 1],
    ['p5', 1],
    ['p6', 1],
    ['p7', 1],
  ])
  // Each of a run can be taken away, whichever came first, and once.
  for (const id of ['p1', 'p1', 'p3']) timeline.withdraw([id])
  expect(runs()[0]).toEqual(['p1', 1])
  expect(timeline.withdraw(['p2'])).toEqual([{ kind: 'removed', key: 'p1' }])
})

test('somebody who is hidden leaves the screen and does not come back, until shown again', () => {
  const timeline = new Timeline()
  timeline.receive(post('p1'))
  timeline.receive(post('p2', 'v2'))
  expect(timeline.hide(['v1'])).toEqual([{ kind: 'removed', key: 'p1' }])
  expect(timeline.receive(post('p3'))).toEqual([])
  timeline.hide([])
  expect(timeline.receive(post('p4'))).toMatchObject([{ kind: 'added' }])
})

test('an own text is one entry, also where the server cleaned it', () => {
  const timeline = new Timeline()
  timeline.setViewer('me')
  timeline.postOwn({ name: 'Mira', text: 'what  a shot', at: 1 })
  timeline.receive({ id: 'p1', viewer: 'me', name: 'Mira', text: 'what a shot', at: 2 })
  expect(timeline.entries).toMatchObject([{ state: 'sent', own: true, text: 'what a shot' }])
})

describe('a post that a moderator sees first', () => {
  const posted = () => {
    const timeline = new Timeline()
    timeline.setViewer('me')
    const { key } = timeline.postOwn({ name: 'me', text: 'damn', at: 1 })
    timeline.confirm(key, { post: { id: 'p1', at: 2 }, held: true })
    return timeline
  }
  const packet = { id: 'p1', viewer: 'me', name: 'me', text: 'damn', at: 9 }

  test('is held until its packet comes, and stays one entry', () => {
    const timeline = posted()
    expect(timeline.entries).toMatchObject([{ state: 'held' }])
    timeline.receive(packet)
    expect(timeline.entries).toMatchObject([{ state: 'sent', text: 'damn' }])
  })

  test('leaves the screen when it is removed, and is there again when that is taken back', () => {
    const timeline = posted()
    timeline.withdraw(['p1'])
    expect(timeline.entries).toEqual([])
    timeline.restore(['p1'])
    timeline.receive(packet)
    expect(timeline.entries).toMatchObject([{ state: 'sent' }])
  })

  test('is sent where its packet was faster than its answer', () => {
    const timeline = new Timeline()
    timeline.setViewer('me')
    const { key } = timeline.postOwn({ name: 'me', text: 'damn', at: 1 })
    timeline.receive(packet)
    timeline.confirm(key, { post: { id: 'p1', at: 2 }, held: true })
    expect(timeline.entries).toMatchObject([{ state: 'sent' }])
  })
})

describe('a reply', () => {
  const reply = (id: string, viewer: string, replyTo: string, replyName?: string): Post => ({
    ...post(id, viewer),
    replyTo,
    ...(replyName !== undefined && { replyName }),
  })
  const named = (timeline: Timeline) => timeline.entries.map(({ key, replyName }) => [key, replyName])

  test('names whom it answers until that post is taken away, also where it was one of a run', () => {
    const timeline = new Timeline()
    for (const id of ['p1', 'p2']) timeline.receive(post(id, 'ada'))
    expect(timeline.postOf('p1')).toBe('p2')
    timeline.receive(reply('r1', 'ben', 'p2', 'Ada'))
    timeline.receive(reply('r2', 'cleo', 'p1', 'Ada'))
    expect(timeline.withdraw(['p2'])).toMatchObject([
      { kind: 'changed', entry: { key: 'r1', replyName: undefined } },
      { kind: 'changed', entry: { key: 'p1', times: 1 } },
    ])
    expect(timeline.postOf('p1')).toBe('p1')
    expect(named(timeline)).toEqual([
      ['p1', undefined],
      ['r1', undefined],
      ['r2', 'Ada'],
    ])
  })

  test('is no more of a run, unless it answers the same post', () => {
    const timeline = new Timeline()
    timeline.receive(post('p1', 'ben'))
    timeline.receive(reply('r1', 'ben', 'a', 'Ada'))
    timeline.receive(reply('r2', 'ben', 'a', 'Ada'))
    timeline.receive(reply('r3', 'ben', 'c', 'Cleo'))
    expect(timeline.entries.map(({ key, times }) => [key, times])).toEqual([
      ['p1', 1],
      ['r1', 2],
      ['r3', 1],
    ])
  })

  test('of one’s own stands at once, is one entry, and is named as the server names it', () => {
    const timeline = new Timeline()
    timeline.setViewer('me')
    timeline.receive(post('p1', 'ada'))
    const answers = { replyTo: 'p1', replyName: 'name of ada' }
    const plain = timeline.postOwn(own)
    const { key } = timeline.postOwn({ ...own, ...answers })
    expect(timeline.postOf(key)).toBeUndefined()
    timeline.receive(reply('r1', 'me', 'p1'))
    expect(timeline.entries.slice(1)).toMatchObject([
      { key: plain.key, state: 'waiting' },
      { key, state: 'sent', replyTo: 'p1', replyName: undefined },
    ])
  })

  test('can be to what left as newer ones came, and to nothing that was taken away or stands elsewhere', () => {
    const timeline = new Timeline({ entriesMax: 2 })
    for (const id of ['p1', 'p2', 'p3', 'p4']) timeline.receive(post(id, `viewer-${id}`))
    timeline.withdraw(['p2', 'p3'])
    expect(timeline.entries.map(({ key }) => key)).toEqual(['p4'])
    expect(['p1', 'p2', 'p3', 'p4', 'p5'].map((id) => timeline.knows(id))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ])
  })
})
