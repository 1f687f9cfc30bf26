import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ClientErrorCode } from './error.ts'
import {
  type Connection,
  type ConnectionEvent,
  climbInMs,
  FIRST_RETRY_MS_MAX,
  PATIENCE_MS,
  RETRY_MS_MAX,
  retryInMs,
  STEP_MS_MAX,
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
const LOST: ConnectionEvent = { type: 'lost', next: 'reconnect', code: 'lost' }
const SILENT: ConnectionEvent = { type: 'lost', next: 'reconnect', code: 'silent' }
const DUE: ConnectionEvent = { type: 'due' }
const CALM: ConnectionEvent = { type: 'calm' }
const CLIMB: ConnectionEvent = { type: 'climb' }
const GIVE_UP: ConnectionEvent = { type: 'lost', next: 'give-up', code: 'lost' }
const unfetched = (code: ClientErrorCode, retryAfterMs?: number): ConnectionEvent => ({
  type: 'unfetched',
  error: { code, retryable: code !== 'unknown_show', retryAfterMs },
})

/** One connection for each state; `live` is over Server-Sent Events, so that there is something to climb to. */
const IN: Record<State, Connection> = {
  connecting: start,
  live: run(start, LOST, DUE, OPENED),
  polling: run(start, LOST, DUE, LOST, DUE, OPENED),
  waiting: run(start, LOST),
  paused: run(start, { type: 'pause', reason: 'hidden' }),
  draining: run(start, { type: 'drain' }),
  closed: run(start, { type: 'close' }),
  failed: run(start, unfetched('unknown_show')),
}

const EVENT: Record<EventType, ConnectionEvent> = {
  opened: OPENED,
  lost: LOST,
  unfetched: unfetched('network'),
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
    unfetched: 'waiting',
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
    unfetched: 'live',
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
    unfetched: 'polling',
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
    unfetched: 'waiting',
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
    unfetched: 'paused',
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
    unfetched: 'draining',
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
    unfetched: 'closed',
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
    unfetched: 'failed',
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
      // `calm` clears the failures.
      if (from !== to || type === 'calm') continue
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
    const back = run(
      start,
      OPENED,
      CALM,
      LOST,
      DUE,
      LOST,
      DUE,
      unfetched('network'),
      DUE,
      unfetched('network'),
      DUE,
      OPENED,
    )
    expect(back.status).toEqual({ state: 'live', over: 'mqtt' })
  })

  test('a step down waits a second at most; the round that begins again waits as long as it must', () => {
    const waits = [0, 1, 2].map((falls) => {
      const fallen = run(start, ...Array.from({ length: falls }, () => [LOST, DUE]).flat())
      const { status } = step(fallen, LOST, () => 0.999)
      return status.state === 'waiting' ? status.retryInMs : Number.NaN
    })
    expect(waits[0]).toBeLessThanOrEqual(STEP_MS_MAX)
    expect(waits[1]).toBeLessThanOrEqual(STEP_MS_MAX)
    expect(waits[2]).toBeGreaterThan(STEP_MS_MAX)
  })

  test('one that falls silent before it has held for a while is lost; one that had held is tried again', () => {
    expect(run(start, OPENED, SILENT)).toMatchObject({ rung: 1, status: { code: 'silent' } })
    expect(run(start, OPENED, CALM, SILENT).rung).toBe(0)
    expect(run(start, OPENED, CALM, SILENT, DUE, OPENED, SILENT).rung).toBe(1)
  })

  test('one that is cut twice in a row before it has held is lost; once is bad luck', () => {
    expect(run(start, OPENED, LOST).rung).toBe(0)
    expect(run(start, OPENED, LOST, DUE, OPENED, LOST).rung).toBe(1)
    expect(run(start, OPENED, LOST, DUE, OPENED, CALM, LOST, DUE, OPENED, LOST).rung).toBe(0)
  })

  test('a climb that fails leads straight back to the rung that worked, and the next one waits twice as long', () => {
    const fallen = IN.live
    for (const failure of [LOST, SILENT]) {
      const back = run(fallen, CLIMB, failure)
      expect(back).toMatchObject({ rung: 1, status: { state: 'connecting' } })
      const again = run(back, OPENED)
      expect(again.status).toEqual({ state: 'live', over: 'sse' })
      expect(climbInMs(again.climbs, half)).toBe(2 * climbInMs(fallen.climbs, half))
    }
    expect(run(fallen, CLIMB, unfetched('network'), DUE, OPENED).status).toMatchObject({ over: 'sse' })
    expect(run(fallen, CLIMB, GIVE_UP)).toMatchObject({ ladder: ['sse', 'polling'], rung: 0 })
  })

  test('who is sent elsewhere goes there within a second, by the same rung; who is sent on and on takes its time', () => {
    const moved: ConnectionEvent = { ...LOST, to: 'wss://e2.example/mqtt' }
    let connection = run(start, OPENED)
    for (let move = 1; move <= 5; move++) {
      connection = run(connection, moved)
      const { retryInMs } = connection.status as Extract<Status, { state: 'waiting' }>
      expect(connection).toMatchObject({ rung: 0, status: { state: 'waiting' } })
      if (move <= 3) expect(retryInMs).toBeLessThanOrEqual(STEP_MS_MAX)
      else expect(retryInMs).toBeGreaterThan(STEP_MS_MAX)
      // Also where the next one refuses at the door.
      connection = run(connection, DUE, ...(move % 2 ? [OPENED] : []))
    }
  })

  test('climbs begin anew only where the best rung has held: one that opens and falls silent is no success', () => {
    const climbed = run(IN.live, CLIMB, OPENED)
    expect(climbed).toMatchObject({ status: { over: 'mqtt' }, climbs: 1 })
    expect(run(climbed, SILENT, DUE, OPENED)).toMatchObject({ status: { over: 'sse' }, climbs: 1 })
    expect(run(climbed, CALM).climbs).toBe(0)
  })

  test('a climb to a rung that opens and is cut before it has held leads straight back; one that held is tried again', () => {
    const climbed = run({ ...IN.polling, rung: 1, ladder: ['mqtt', 'polling'] }, CLIMB, OPENED)
    expect(climbed.status).toEqual({ state: 'live', over: 'mqtt' })
    expect(run(climbed, LOST)).toMatchObject({ status: { state: 'connecting' }, rung: 1, check: false })
    expect(run(climbed, CALM, LOST)).toMatchObject({ status: { state: 'waiting' }, rung: 0 })
  })

  test('from polling, climbs try the two better rungs in turn', () => {
    const first = run(IN.polling, CLIMB)
    const second = run(first, LOST, OPENED, CLIMB)
    expect([first, second].map(({ ladder, rung }) => ladder[rung]!)).toEqual(['mqtt', 'sse'])
    expect(run(second, LOST, OPENED).status).toEqual({ state: 'polling', over: 'polling' })
    expect(run(second, OPENED).status).toEqual({ state: 'live', over: 'sse' })
  })

  test('a transport that must not be asked again is left out; without any the client has failed', () => {
    const one = run(start, GIVE_UP)
    expect(one).toMatchObject({ ladder: ['sse', 'polling'], rung: 0, status: { state: 'waiting' } })
    expect(run(one, DUE, GIVE_UP, DUE, OPENED, GIVE_UP).status).toEqual({
      state: 'failed',
      code: 'no_transport',
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
    expect(run(shaky, CALM, LOST).status).toEqual({ state: 'waiting', retryInMs: 2500, code: 'lost' })
  })

  test('a server that asks for patience gets it, and the jitter comes on top', () => {
    expect(run(start, OPENED, { type: 'lost', next: 'wait', code: 'lost' }).status).toEqual({
      state: 'waiting',
      retryInMs: PATIENCE_MS + 2500,
      code: 'lost',
    })
    expect(run(start, unfetched('overloaded', 7000)).status).toEqual({
      state: 'waiting',
      retryInMs: 9500,
      code: 'overloaded',
    })
    const stopping: ConnectionEvent = {
      type: 'lost',
      next: 'reconnect',
      code: 'stopping',
      retryAfterMs: 2000,
    }
    expect(run(start, OPENED, stopping).status).toEqual({
      state: 'waiting',
      retryInMs: 4500,
      code: 'stopping',
    })
  })

  test('a crowd that comes back online spreads out; a person who looks again does not wait', () => {
    const pausedBy = (reason: string) =>
      run(start, { type: 'pause', reason }, { type: 'resume', reason }).status
    expect(pausedBy('offline')).toEqual({ state: 'waiting', retryInMs: 2500, code: 'offline' })
    expect(pausedBy('hidden')).toEqual({ state: 'connecting' })
  })
})

test('while HTTP answers and one way is open, the waits between two openings stay below 16 s, whoever refuses, sends on or cuts', () => {
  const moved = { to: 'wss://e2.example/mqtt' }
  const refused = fc
    .integer({ min: 1, max: 10 })
    .map((s) => ({ code: 'stopping' as const, retryAfterMs: 1000 * s }))
  const what = fc.oneof(
    refused,
    fc.constantFrom({}, { code: 'silent' as const }, moved, { ...moved, code: 'silent' as const }),
  )
  const move = fc.record({ what, opens: fc.boolean(), isCalm: fc.boolean() })
  fc.assert(
    fc.property(
      fc.array(move, { maxLength: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (moves, dice) => {
        let [connection, darkMs] = [start as Connection, 0]
        const take = (event: ConnectionEvent) => {
          connection = step(connection, event, () => dice)
        }
        for (const { what, opens, isCalm } of moves) {
          if (connection.status.state === 'waiting') {
            darkMs += connection.status.retryInMs
            expect(darkMs).toBeLessThan(16_000)
            take(DUE)
          }
          // Polling is the way that is always open.
          if (
            connection.status.state === 'connecting' &&
            (opens || connection.ladder[connection.rung] === 'polling')
          )
            take(OPENED)
          if (connection.status.over) darkMs = 0
          if (isCalm) take(CALM)
          // A server that closes what is open is back in 2 s.
          const most = connection.status.over && 'retryAfterMs' in what && { retryAfterMs: 2_000 }
          take(connection.status.state === 'polling' ? CLIMB : { ...LOST, ...what, ...most })
        }
      },
    ),
    {
      numRuns: 10_000,
      // Cut, not let in, sent on to what is shut as well.
      examples: [
        [[{}, {}, moved, {}, {}].map((what, i) => ({ what, opens: i === 0, isCalm: false })), 0.999],
      ],
    },
  )
})

test('a server that is full names the pace: who knows no other way comes within 5 s of each time that is named', () => {
  const full: ConnectionEvent = { ...LOST, code: 'stopping', retryAfterMs: 10_000 }
  let connection = startConnection(['mqtt'])
  for (let refusal = 1; refusal <= 6; refusal++) {
    connection = step(connection, full, () => 0.999)
    const { retryInMs } = connection.status as Extract<Status, { state: 'waiting' }>
    expect(retryInMs).toBeWithin(10_000, 10_000 + FIRST_RETRY_MS_MAX)
    connection = run(connection, DUE)
  }
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
      code: fc.constantFrom('lost' as const, 'silent' as const),
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
          if (connection.home !== undefined) expect(ladder[connection.home]).toBeDefined()
          if (status.state === 'waiting')
            expect(status.retryInMs).toBeLessThanOrEqual(PATIENCE_MS + RETRY_MS_MAX)
          if (status.state === 'paused') expect(new Set(status.reasons).size).toBe(status.reasons.length)
        }
      },
    ),
  )
})
