import type { Health } from './supervisor.ts'

/** The same health. @returns also what resolves once the part waits for something */
export function heardWaiting(health: Health): { health: Health; waits: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return {
    health: {
      ...health,
      waiting(reason) {
        health.waiting(reason)
        resolve()
      },
    },
    waits: promise,
  }
}
