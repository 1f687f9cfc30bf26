import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  type Connection,
  type ConnectionEvent,
  climbInMs,
  FIRST_RETRY_MS_MAX,
  PATIENCE_MS,
  RETRY_MS_MAX,
  retryInMs,
  type Status,
  startConnection,
  step,
} from './machine.ts'

type State = Status['state']
type EventType = ConnectionEvent['type']

const half = () => 0.5
const ladder = ['mqtt', 'sse', 'polling'] as const
const start = startConnection(ladder)
const run = (from: Connection, ...events: ConnectionEvent[]) =>
  events.reduce((connection, event) => step(connection, event, half), from)

const OPENED: ConnectionEvent = { type: 'opened' }
const LOST: ConnectionEvent = { type: 'lost', next: 'reconnect' }
const DUE: ConnectionEvent = { type: 'due' }

/** One connection for each state; `live` is over Server-Sent Events, so that there is something to climb to. */
const IN: Record<State, Connection> = {
  connecting: start,
  live: run(start, LOST, DUE, OPENED),
  polling: run(start, LOST, DUE, LOST, DUE, OPENED),
  waiting: run(start, LOST),
  paused: run(start, { type: 'pause', reason: 'hidden' }),
  draining: run(start, { type: 'drain' }),
  closed: run(start, { type: 'close' }),
  failed: run(start, { type: 'refused', code: 'unknown_show' }),
}

const EVENT: Record<EventType, ConnectionEvent> = {
  opened: OPENED,
  lost: LOST,
  unreachable: { type: 'unreachable' },
  unusable: { type: 'unusable' },
  refused: { type: 'refused', code: 'unknown_show' },
  due: DUE,
  calm: { type: 'calm' },
  climb: { type: 'climb' },
  pause: { type: 'pause', reason: 'hidden' },
  resume: { type: 'resume', reason: 'hidden' },
  drain: { type: 'drain' },
  close: { type: 'close' },
}

/** Where each event leads from each state. The compiler asks for every cell. */
const TABLE: Record<State, Record<EventType, State>> = {
  connecting: {
    opened: 'live',
    lost: 'waiting',
    unreachable: 'waiting',
    unusable: 'connecting',
    refused: 'failed',
    due: 'connecting',
    calm: 'connecting',
    climb: 'connecting',
    pause: 'paused',
    resume: 'connecting',
    drain: 'draining',
    close: 'closed',
  },
  live: {
    opened: 'live',
    lost: 'waiting',
    unreachable: 'live',
    unusable: 'live',
    refused: 'live',
    due: 'live',
    calm: 'live',
    climb: 'connecting',
    pause: 'paused',
    resume: 'live',
    drain: 'draining',
    close: 'closed',
  },
  polling: {
    opened: 'polling',
    lost: 'waiting',
    unreachable: 'polling',
    unusable: 'polling',
    refused: 'polling',
    due: 'polling',
    calm: 'polling',
    climb: 'connecting',
    pause: 'paused',
    resume: 'polling',
    drain: 'draining',
    close: 'closed',
  },
  waiting: {
    opened: 'waiting',
    lost: 'waiting',
    unreachable: 'waiting',
    unusable: 'waiting',
    refused: 'waiting',
    due: 'connecting',
    calm: 'waiting',
    climb: 'waiting',
    pause: 'paused',
    resume: 'waiting',
    drain: 'draining',
    close: 'closed',
  },
  paused: {
    opened: 'paused',
    lost: 'paused',
    unreachable: 'paused',
    unusable: 'paused',
    refused: 'paused',
    due: 'paused',
    calm: 'paused',
    climb: 'paused',
    pause: 'paused',
    resume: 'connecting',
    drain: 'draining',
    close: 'closed',
  },
  draining: {
    opened: 'draining',
    lost: 'draining',
    unreachable: 'draining',
    unusable: 'draining',
    refused: 'draining',
    due: 'draining',
    calm: 'draining',
    climb: 'draining',
    pause: 'draining',
    resume: 'draining',
    drain: 'draining',
    close: 'closed',
  },
  closed: {
    opened: 'closed',
    lost: 'closed',
    unreachable: 'closed',
    unusable: 'closed',
    refused: 'closed',
    due: 'closed',
    calm: 'closed',
    climb: 'closed',
    pause: 'closed',
    resume: 'closed',
    drain: 'closed',
    close: 'closed',
  },
  failed: {
    opened: 'failed',
    lost: 'failed',
    unreachable: 'failed',
    unusable: 'failed',
    refused: 'failed',
    due: 'failed',
    calm: 'failed',
    climb: 'failed',
    pause: 'failed',
    resume: 'failed',
    drain: 'draining',
    close: 'closed',
  },
}

describe('each event leads where the table says', () => {
  for (const [from, row] of Object.entries(TABLE) as [State, Record<EventType, State>][]) {
    test(from, () => {
      expect(IN[from].status.state).toBe(from)
      const reached = Object.entries(EVENT).map(([type, event]) => [type, run(IN[from], event).status.state])
      expect(Object.fromEntries(reached)).toEqual(row)
    })
  }
})

test('an event without use in a state gives back the same connection, so that nobody is told', () => {
  for (const [from, row] of Object.entries(TABLE) as [State, Record<EventType, State>][]) {
    for (const [type, to] of Object.entries(row) as [EventType, State][]) {
      // `calm` clears the failures; `unusable` tries the next transport.
      if (from !== to || type === 'calm' || (from === 'connecting' && type === 'unusable')) continue
      expect(run(IN[from], EVENT[type])).toBe(IN[from])
    }
  }
})

describe('the ladder', () => {
  test('MQTT that fails although HTTP answers is followed by Server-Sent Events, these by polling, that by MQTT', () => {
    const rungs = [0, 1, 2, 3].map((falls) =>
      run(start, ...Array.from({ length: falls }, () => [LOST, DUE]).flat()),
    )
    expect(rungs.map(({ ladder, rung }) => ladder[rung]!)).toEqual(['mqtt', 'sse', 'polling', 'mqtt'])
  })

  test('a server that restarts finds its viewers on the rung they stood on', () => {
    const unreachable: ConnectionEvent = { type: 'unreachable' }
    const live = run(start, OPENED)
    const back = run(live, LOST, DUE, LOST, DUE, unreachable, DUE, unreachable, DUE, OPENED)
    expect(back.status).toEqual({ state: 'live', over: 'mqtt' })
  })

  test('other addresses are tried before the next rung', () => {
    expect(run(start, { type: 'lost', next: 'reconnect', more: true }).rung).toBe(0)
  })

  test('a climb that fails leads back, and the next one waits twice as long', () => {
    const fallen = IN.live
    const again = run(fallen, { type: 'climb' }, LOST, DUE, OPENED)
    expect(again.status).toEqual({ state: 'live', over: 'sse' })
    expect(climbInMs(again.climbs, half)).toBe(2 * climbInMs(fallen.climbs, half))
    expect(run(fallen, { type: 'climb' }, OPENED)).toMatchObject({ status: { over: 'mqtt' }, climbs: 0 })
  })

  test('a transport that must not be asked again is left out; without any the client has failed', () => {
    const giveUp: ConnectionEvent = { type: 'lost', next: 'give-up' }
    const one = run(start, giveUp)
    expect(one).toMatchObject({ ladder: ['sse', 'polling'], rung: 0, status: { state: 'waiting' } })
    expect(run(one, DUE, giveUp, DUE, OPENED, giveUp).status).toEqual({
      state: 'failed',
      code: 'no_transport',
    })
  })

  test('what this place can not do is passed over at once, for nothing was tried', () => {
    expect(run(start, { type: 'unusable' })).toMatchObject({
      ladder: ['sse', 'polling'],
      status: { state: 'connecting' },
    })
  })
})

describe('waiting', () => {
  test('the bound doubles from 5 s to 30 s, and anything from 0 to it is as likely', () => {
    const bounds = [1, 2, 3, 4, 50].map((failures) => retryInMs(failures, () => 1))
    expect(bounds).toEqual([FIRST_RETRY_MS_MAX, 10_000, 20_000, RETRY_MS_MAX, RETRY_MS_MAX])
    expect(retryInMs(1, () => 0)).toBe(0)
  })

  test('the backoff starts anew after a calm time, not after a mere connect', () => {
    const shaky = run(start, OPENED, LOST, DUE, OPENED, LOST, DUE, OPENED)
    expect(shaky.failures).toBe(2)
    expect(run(shaky, { type: 'calm' }, LOST).status).toEqual({ state: 'waiting', retryInMs: 2500 })
  })

  test('a server that asks for patience gets it, and the jitter comes on top', () => {
    expect(run(start, OPENED, { type: 'lost', next: 'wait' }).status).toEqual({
      state: 'waiting',
      retryInMs: PATIENCE_MS + 2500,
    })
    expect(run(start, { type: 'unreachable', retryAfterMs: 7000 }).status).toMatchObject({ retryInMs: 9500 })
  })

  test('a crowd that comes back online spreads out; a person who looks again does not wait', () => {
    const pausedBy = (reason: string) =>
      run(start, { type: 'pause', reason }, { type: 'resume', reason }).status
    expect(pausedBy('offline')).toEqual({ state: 'waiting', retryInMs: 2500 })
    expect(pausedBy('hidden')).toEqual({ state: 'connecting' })
  })
})

test('a pause holds until its last reason is gone', () => {
  const both = run(start, { type: 'pause', reason: 'hidden' }, { type: 'pause', reason: 'user' })
  expect(both.status).toEqual({ state: 'paused', reasons: ['hidden', 'user'] })
  const one = run(both, { type: 'resume', reason: 'hidden' })
  expect(one.status).toEqual({ state: 'paused', reasons: ['user'] })
  expect(run(one, { type: 'resume', reason: 'never held' })).toBe(one)
  expect(run(one, { type: 'resume', reason: 'user' }).status).toEqual({ state: 'connecting' })
})

test('whatever happens, the rung is on the ladder, waits are bounded, and the end is the end', () => {
  const event = fc.oneof(
    fc.constantFrom(...Object.values(EVENT)),
    fc.record({
      type: fc.constant('lost' as const),
      next: fc.constantFrom('reconnect' as const, 'wait' as const, 'give-up' as const),
      more: fc.boolean(),
    }),
    fc.record({
      type: fc.constantFrom('pause' as const, 'resume' as const),
      reason: fc.constantFrom('a', 'b'),
    }),
  )
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (events, dice) => {
        let connection = start
        for (const event of events) {
          const before = connection.status.state
          connection = step(connection, event, () => dice)
          const { status, ladder, rung } = connection
          if (before === 'closed') expect(status.state).toBe('closed')
          if (status.state === 'failed') continue
          expect(ladder[rung]).toBeDefined()
          if (status.state === 'waiting')
            expect(status.retryInMs).toBeLessThanOrEqual(PATIENCE_MS + RETRY_MS_MAX)
          if (status.state === 'paused') expect(new Set(status.reasons).size).toBe(status.reasons.length)
        }
      },
    ),
  )
})
