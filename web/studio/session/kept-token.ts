const KEPT = 'roar-studio-token'

/**
 * A producer's token, until the tab is closed, so that a reload in the middle of a show asks for nothing. If the browser's
 * storage is unavailable, a reload asks for it again.
 */
export function keptToken(): string | undefined {
  try {
    return sessionStorage.getItem(KEPT) ?? undefined
  } catch {
    // Storage is disabled for this page.
    return undefined
  }
}

export function keepToken(token: string | undefined): void {
  try {
    if (token === undefined) sessionStorage.removeItem(KEPT)
    else sessionStorage.setItem(KEPT, token)
  } catch {
    // Storage is full or disabled: this page has the token all the same.
  }
}
