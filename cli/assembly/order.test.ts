import { describe, expect, test } from 'bun:test'
import pino from 'pino'
import { readConfig } from '../config.ts'
import { ROLES } from '../roles/roles.ts'
import { up } from '../roles/up.ts'
import { assemble } from './assemble.ts'
import { drainOrder, looseFlows, openOrder } from './order.ts'
import { type Part, part } from './part.ts'

const open = () => ({ thing: undefined })
const named = (parts: readonly Part[]) => parts.map(({ name }) => name)
const a = (
  definition: Pick<Part, 'name'> & Partial<Pick<Part, 'needs' | 'uses' | 'reads' | 'writes'>>,
): Part => part({ ...definition, open } as Parameters<typeof part>[0])

describe('the order in which parts are opened', () => {
  test('whoever is needed comes before those who need it, however they are listed', () => {
    const parts = [
      a({ name: 'edge', needs: ['pubsub'] }),
      a({ name: 'results', needs: ['edge'] }),
      a({ name: 'pubsub' }),
    ]
    expect(named(openOrder(parts))).toEqual(['pubsub', 'edge', 'results'])
  })

  test('what a part uses comes before it where it is there, and is missed nowhere', () => {
    const ingest = a({ name: 'ingest', uses: ['votes'] })
    expect(named(openOrder([ingest, a({ name: 'votes' })]))).toEqual(['votes', 'ingest'])
    expect(named(openOrder([ingest]))).toEqual(['ingest'])
  })

  test.each([
    ['a need that nobody fills', [a({ name: 'edge', needs: ['pubsub'] })], 'no part is called pubsub'],
    [
      'a name of two',
      [a({ name: 'pubsub' }), a({ name: 'pubsub' }), a({ name: 'edge', needs: ['pubsub'] })],
      'several parts',
    ],
    [
      'a circle',
      [a({ name: 'log', needs: ['store'] }), a({ name: 'store', needs: ['log'] })],
      'log → store → log',
    ],
  ])('%s is a mistake that is named', (_, parts, sentence) => {
    expect(() => openOrder(parts)).toThrow(sentence)
  })
})

describe.each(ROLES.map((role) => [role.name, role] as const))('roar %s', (_, { parts }) => {
  test('whoever writes a flow drains before each who reads it', () => {
    const order = drainOrder(parts)
    for (const [place, reader] of order.entries()) {
      const later = order
        .slice(place + 1)
        .filter((writer) => writer.writes.some((flow) => reader.reads.includes(flow)))
      expect([reader.name, named(later)]).toEqual([reader.name, []])
    }
  })
})

test('everything that is written in roar up is read in it, and everything that is read is written', () => {
  expect(looseFlows(up.parts)).toEqual({ unread: [], unwritten: [] })
})

test('roar up drains along the data path', () => {
  const order = named(drainOrder(up.parts))
  const path = ['bodies', 'ingest', 'aggregate', 'deliver', 'edge'] as const
  expect(order.filter((name) => (path as readonly string[]).includes(name))).toEqual([...path])
  const votes = ['bodies', 'votes', 'tally', 'desk', 'results', 'edge'] as const
  expect(order.filter((name) => (votes as readonly string[]).includes(name))).toEqual([...votes])
})

test('where one part cannot be opened, those that work already drain before anything that they need is closed', async () => {
  const steps: string[] = []
  const working = (name: Part['name'], needs: Part['needs']): Part => ({
    ...a({ name, needs }),
    open: async () => ({
      thing: undefined,
      drain: () => steps.push(`drain ${name}`),
      close: () => steps.push(`close ${name}`),
    }),
  })
  const broken: Part = {
    ...a({ name: 'edge', needs: ['deliver'] }),
    open: () => Promise.reject(new Error('broken')),
  }
  const parts = [working('store', []), working('deliver', ['store']), broken]
  const config = readConfig({ argv: [], env: {} })
  await expect(assemble({ parts, config, logger: pino({ level: 'silent' }) })).rejects.toThrow('broken')
  expect(steps.toSorted()).toEqual(['close deliver', 'close store', 'drain deliver', 'drain store'])
  expect(steps.slice(2)).toEqual(['close deliver', 'close store'])
})

test('a step of the drain that fails keeps no other part from its own, and the drain says that something was lost', async () => {
  const steps: string[] = []
  const working = (name: Part['name'], needs: Part['needs'], drain: () => unknown): Part => ({
    ...a({ name, needs }),
    open: async () => ({ thing: undefined, drain, close: () => steps.push(`close ${name}`) }),
  })
  const parts = [
    working('store', [], () => {
      throw new Error('the store does not answer')
    }),
    working('deliver', ['store'], () => steps.push('drain deliver')),
  ]
  const config = readConfig({ argv: ['--port', '0'], env: {} })
  const { drain } = await assemble({ parts, config, logger: pino({ level: 'silent' }) })
  expect(await drain()).toBe(false)
  expect(steps).toEqual(['drain deliver', 'close deliver', 'close store'])
})

test('from when a process stops it is not ready, and no request reaches a part that drains', async () => {
  let requests = 0
  let ask = (): Promise<unknown> => Promise.resolve()
  const ingest: Part = {
    ...a({ name: 'ingest' }),
    open: async () => ({
      thing: undefined,
      routes: {
        '/v1/tap': {
          GET() {
            requests++
            return new Response('counted')
          },
        },
      },
      drain: () => ask(),
    }),
  }
  const config = readConfig({ argv: ['--port', '0'], env: {} })
  const logger = pino({ level: 'silent' })
  const { url, supervisor, drain } = await assemble({ parts: [ingest], config, logger })
  ask = () => fetch(`${url}/v1/tap`).catch(() => 'refused')
  await ask()
  const drained = drain()
  expect(supervisor.trouble()).toBe('the server is stopping')
  await drained
  expect(requests).toBe(1)
})
