import type { Store } from './store.ts'

/**
 * The store, with every call made through `around`.
 * @param around Gets the call's name and a function that makes it: as often as wanted, optionally on another store.
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
