import type { Store } from './store.ts'

/** A call as it was made: it may cross to where the store is. */
export interface StoreCall {
  /** Among all calls, as in `shows` and `polls.save`. */
  name: string
  given: unknown[]
}

/** Makes it. */
export function madeOn(store: Store, { name, given }: StoreCall): Promise<unknown> {
  type Calls = Record<string, (...given: unknown[]) => Promise<unknown>>
  const [part, inPart] = name.split('.') as [keyof Store, string?]
  const calls = (inPart === undefined ? store : store[part]) as unknown as Calls
  return calls[inPart ?? part]!(...given)
}

/**
 * The store, with every call made through `around`.
 * @param around Gets what was called, and a function that makes the call: as often as wanted, optionally on another store.
 */
export function eachCall(
  store: Store,
  around: (made: StoreCall, call: (of?: Store) => Promise<unknown>) => Promise<unknown>,
): Store {
  const wrapped = <Calls extends object>(calls: Calls, prefix = ''): Calls =>
    Object.fromEntries(
      Object.keys(calls).map((name) => [
        name,
        (...given: unknown[]) => {
          const made = { name: prefix + name, given }
          return around(made, (of = store) => madeOn(of, made))
        },
      ]),
    ) as Calls

  return {
    ...wrapped(store),
    polls: wrapped(store.polls, 'polls.'),
    people: wrapped(store.people, 'people.'),
    webhooks: wrapped(store.webhooks, 'webhooks.'),
  }
}
