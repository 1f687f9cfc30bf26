import type { Store } from './store.ts'

/** The store, each of whose calls is made by `around`. @param around Its name, and the call itself: as often as wanted. */
export function eachCall(
  store: Store,
  around: (name: string, call: () => Promise<unknown>) => Promise<unknown>,
): Store {
  const wrapped = <Calls extends object>(calls: Calls): Calls =>
    Object.fromEntries(
      Object.entries(calls).map(([name, call]: [string, (...given: unknown[]) => Promise<unknown>]) => [
        name,
        (...given: unknown[]) => around(name, () => call(...given)),
      ]),
    ) as Calls

  const { polls, people, webhooks, ...calls } = store
  return {
    ...wrapped(calls),
    polls: wrapped(polls),
    people: wrapped(people),
    webhooks: wrapped(webhooks),
  }
}
