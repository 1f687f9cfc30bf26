/** What a look at one thing found. `bad`: Roar does not work so. `warn`: it does, and not as well as it could. */
export interface Finding {
  what: string
  state: 'ok' | 'warn' | 'bad'
  says: string
}

export const ok = (what: string, says: string): Finding => ({ what, state: 'ok', says })
export const warn = (what: string, says: string): Finding => ({ what, state: 'warn', says })
export const bad = (what: string, says: string): Finding => ({ what, state: 'bad', says })

/** The work with a time limit: a check that never ends helps nobody. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
