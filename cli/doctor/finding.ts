/** The result of one check. `bad`: Roar does not work like this. `warn`: it works, but not as well as it could. */
export interface Finding {
  what: string
  state: 'ok' | 'warn' | 'bad'
  says: string
}

export const ok = (what: string, says: string): Finding => ({ what, state: 'ok', says })
export const warn = (what: string, says: string): Finding => ({ what, state: 'warn', says })
export const bad = (what: string, says: string): Finding => ({ what, state: 'bad', says })
