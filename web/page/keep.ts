/** Small things the page remembers on this device: a name, a side. If the browser forbids storage, until the page closes. */
const inMemory = new Map<string, string>()
const keyOf = (key: string): string => `roar.${key}`
const COOKIE_S = 30 * 86_400

export const kept = (key: string): string | undefined => stored(key) ?? inMemory.get(key)

/** Remembers a value, or forgets it where it is undefined. */
export function keep(key: string, value: string | undefined): void {
  inMemory.delete(key)
  if (store(key, value)) return
  // Full or disabled: the old value must not come back, and removing works even when full.
  store(key, undefined)
  if (value !== undefined) inMemory.set(key, value)
}

/**
 * What makes this browser one viewer, so all of its pages must share it, also after a reload: falls back to a cookie if storage
 * fails. The server does not read it. At most 3 KB.
 */
export const keptFirmly = (key: string): string | undefined => stored(key) ?? cookie(key) ?? inMemory.get(key)

export function keepFirmly(key: string, value: string | undefined): void {
  keep(key, value)
  const elsewhere = value !== undefined && inMemory.has(key)
  if (elsewhere || cookie(key) !== undefined) bake(key, elsewhere ? value : undefined)
}

function stored(key: string): string | undefined {
  try {
    return localStorage.getItem(keyOf(key)) ?? undefined
  } catch {
    // Storage is disabled for this page.
    return undefined
  }
}

function store(key: string, value: string | undefined): boolean {
  try {
    if (value === undefined) localStorage.removeItem(keyOf(key))
    else localStorage.setItem(keyOf(key), value)
    return true
  } catch {
    return false
  }
}

function cookie(key: string): string | undefined {
  try {
    const named = `${keyOf(key)}=`
    const found = document.cookie.split('; ').find((pair) => pair.startsWith(named))
    return found === undefined ? undefined : decodeURIComponent(found.slice(named.length))
  } catch {
    // A page without an origin has no cookies; and a value written by others may not be decodable.
    return undefined
  }
}

function bake(key: string, value: string | undefined): void {
  const secure = location.protocol === 'https:' ? '; secure' : ''
  const rest = `; path=/; samesite=strict; max-age=${value === undefined ? 0 : COOKIE_S}${secure}`
  try {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and without https
    document.cookie = `${keyOf(key)}=${encodeURIComponent(value ?? '')}${rest}`
  } catch {
    // A page without an origin: remembered until it closes.
  }
}
