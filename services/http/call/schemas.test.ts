import { expect, test } from 'bun:test'
import * as v from 'valibot'
import { call } from './call.ts'
import { COMPONENTS, component, named, text, whole } from './schemas.ts'

interface Thing {
  name: string
  size?: number
}

test('a schema that is not of the type that clients import does not compile', () => {
  const differ = () => [
    // @ts-expect-error A field is of another type.
    component<Thing>()('A', v.object({ name: v.number(), size: v.exactOptional(v.number()) })),
    // @ts-expect-error A field is missing in the schema.
    component<Thing>()('B', v.object({ name: text })),
    // @ts-expect-error The schema has a field that the type lacks.
    component<Thing>()('C', v.object({ name: text, size: v.exactOptional(v.number()), more: text })),
    // @ts-expect-error What may be absent is not there always.
    component<Thing>()('D', v.object({ name: text, size: v.number() })),
    component<Thing>()('E', v.object({ name: text, size: v.exactOptional(v.number()) })),
  ]
  // It is for the compiler: run, it would name schemas that are none of Roar's.
  expect(differ).toBeFunction()
})

test('a path with a name that has no row does not compile', () => {
  const wrong = () =>
    // @ts-expect-error Nobody knows what a nothing is.
    call({
      id: 'getNothing',
      method: 'GET',
      path: '/v1/{nothing}',
      tag: 'Shows',
      summary: 'Get nothing',
      who: 'anybody',
      answers: {},
    })
  expect(wrong).toBeFunction()
})

test('no two schemas have one name', () => {
  named('OnlyOfThisTest', text)
  expect(() => named('OnlyOfThisTest', whole(0, 1))).toThrow('two schemas are named OnlyOfThisTest')
  // The document is made of all that are named.
  delete COMPONENTS.OnlyOfThisTest
})
