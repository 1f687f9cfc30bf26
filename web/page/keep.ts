/** Small things the page remembers on this device: a name, a side. Where the browser forbids it, until the page closes. */
const inMemory = new Map<string, string>()
const keyOf = (key: string): string => `roar.${key}`

export function kept(key: string): string | undefined {
  try {
    return localStorage.getItem(keyOf(key)) ?? undefined
  } catch {
    // Storage is switched off for this page.
    return inMemory.get(key)
  }
}

/** Remembers a value, or forgets it where it is undefined. */
export function keep(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(keyOf(key))
    else localStorage.setItem(keyOf(key), value)
  } catch {
    // Storage is switched off or full.
    if (value === undefined) inMemory.delete(key)
    else inMemory.set(key, value)
  }
}
