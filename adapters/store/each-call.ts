import type { Store } from './store.ts'

/**
 * The store, each of whose calls is made by `around`.
 * @param around Is given its name, and the call itself: as often as wanted, and of another store where one is named.
 */
export function eachCall(
  store: Store,
  around: (name: string, call: (of?: Store) => Promise<unknown>) => Promise<unknown>,
): Store {
  const wrapped = <Calls extends object>(part: (of: Store) => Calls): Calls =>
    Object.fromEntries(
      Object.keys(part(store)).map((name) => [
        name,
        (...given: unknown[]) =>
          around(name, (of = store) => {
            const calls = part(of) as Record<string, (...given: unknown[]) => Promise<unknown>>
            return calls[name]!(...given)
          }),
      ]),
    ) as Calls

  return {
    ...wrapped((of) => of),
    polls: wrapped(({ polls }) => polls),
    people: wrapped(({ people }) => people),
    webhooks: wrapped(({ webhooks }) => webhooks),
  }
}
