import type { Store } from '../store/store.ts'

/**
 * A store whose calls come one after another. A file has one connection, and what is written beside a transaction is written in it:
 * it would be lost with one that is taken back, and whoever has been told that it is there would not know. Who waits is bounded by who
 * calls; `boundedStore` counts the waiting into each call's limit, and what it has given up is still done in its turn.
 */
export function oneAtATime(store: Store): Store {
  let last: Promise<unknown> = Promise.resolve()

  const inTurn = <Calls extends object>(calls: Calls): Calls =>
    Object.fromEntries(
      Object.entries(calls).map(([name, call]: [string, (...given: unknown[]) => Promise<unknown>]) => [
        name,
        (...given: unknown[]) => {
          const done = last.then(() => call(...given))
          last = done.catch(() => {})
          return done
        },
      ]),
    ) as Calls

  const { polls, people, webhooks, ...calls } = store
  return {
    ...inTurn(calls),
    polls: inTurn(polls),
    people: inTurn(people),
    webhooks: inTurn(webhooks),
  }
}
