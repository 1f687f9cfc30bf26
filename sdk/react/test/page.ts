import type { EarlierPosts } from '@roar/client'
import { createElement as h, StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { roarDouble } from '../../src/testing/index.ts'
import { useFeed, useMood, usePoll, useRoar, useShow, useStatus } from '../src/index.ts'

/** What a test in the browser drives. */
declare global {
  var double: ReturnType<typeof roarDouble>
  /** What the double answers about the feed. */
  var earlier: EarlierPosts
  var sockets: number
}

const { url } = document.body.dataset
globalThis.sockets = 0
globalThis.WebSocket = class extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols)
    globalThis.sockets++
  }
}

/** A viewer of the real show: mounted twice by StrictMode, and unmounted on demand. */
function Viewer() {
  const [side, setSide] = useState('home')
  const roar = useRoar({ url: url!, show: 'final', segment: side })
  const mood = useMood(roar)
  const own = useMood(roar, side)
  const show = useShow(roar)
  const { state } = useStatus(roar)
  return h(
    'section',
    {
      id: 'viewer',
      'data-state': state,
      'data-title': show?.title,
      'data-total': mood?.total,
      'data-own': own?.total,
    },
    h('button', { type: 'button', id: 'tap', onClick: () => roar?.react('heart') }),
    h('button', { type: 'button', id: 'change', onClick: () => setSide('away') }),
  )
}

globalThis.earlier = { at: 0, posts: [], removed: [] }
globalThis.double = roarDouble({ onFeed: () => globalThis.earlier })
const text = (value: unknown) => JSON.stringify(value) ?? 'none'

function Told() {
  const feed = useFeed(globalThis.double, { max: 2 })
  const poll = usePoll(globalThis.double, 'mvp')
  const mood = useMood(globalThis.double)
  return h(
    'section',
    {},
    h('output', { id: 'feed' }, feed.map(({ id }) => id).join()),
    h('output', { id: 'poll' }, text(poll?.ballots)),
    h('output', { id: 'estimated' }, text(mood?.estimated)),
  )
}

/** Mounted after the packets came. */
function Late() {
  const poll = usePoll(globalThis.double, 'mvp')
  const mood = useMood(globalThis.double)
  return h('output', { id: 'late' }, text([poll?.ballots, mood?.total, mood?.estimated]))
}

function App() {
  const [here, setHere] = useState(true)
  const [late, setLate] = useState(false)
  return h(
    StrictMode,
    {},
    h('button', { type: 'button', id: 'leave', onClick: () => setHere(false) }),
    here && h(Viewer),
    h(Told),
    h('button', { type: 'button', id: 'mount', onClick: () => setLate(true) }),
    late && h(Late),
  )
}

createRoot(document.getElementById('root')!).render(h(App))
