const KEPT = 'roar-studio-token'

/**
 * A producer's token, until the tab is closed: a reload in the middle of a show asks for nothing. Where the browser keeps nothing it is
 * asked for again after a reload.
 */
export function keptToken(): string | undefined {
  try {
    return sessionStorage.getItem(KEPT) ?? undefined
  } catch {
    // Switched off for this page.
    return undefined
  }
}

export function keepToken(token: string | undefined): void {
  try {
    if (token === undefined) sessionStorage.removeItem(KEPT)
    else sessionStorage.setItem(KEPT, token)
  } catch {
    // Full, or switched off: this page has it all the same.
  }
}
