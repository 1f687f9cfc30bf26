import { useEffect } from 'react'

/** Containers that receive the focus when it is lost inside them. */
const PLACES = 'li, tr, article, section, [role="dialog"], main'
/** The code that removes a button may set the focus itself, within a frame or two. */
const GRACE_MS = 100

/**
 * Keeps the focus in place when a pressed button disappears: the next Tab goes to what replaced it. A browser would drop the
 * focus, and Tab would restart at the top of the page (WCAG 2.4.3).
 */
export function useKeptFocus(): void {
  useEffect(() => {
    /** The last focused element and its ancestors, from the inside out. */
    let held: Element[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const hold = ({ target }: FocusEvent): void => {
      held = []
      for (let each = target as Element | null; each !== null; each = each.parentElement) held.push(each)
    }
    const keep = (): void => {
      timer = undefined
      if (!isLost(held)) return
      const place =
        held.find((each) => each.isConnected && each.matches(PLACES)) ?? document.querySelector('main')
      held = []
      if (place instanceof HTMLElement) focusOn(place)
    }
    const observer = new MutationObserver(() => {
      if (timer === undefined && isLost(held)) timer = setTimeout(keep, GRACE_MS)
    })
    document.addEventListener('focusin', hold)
    observer.observe(document.body, { childList: true, subtree: true })
    return () => {
      document.removeEventListener('focusin', hold)
      observer.disconnect()
      clearTimeout(timer)
    }
  }, [])
}

const isLost = ([last]: readonly Element[]): boolean =>
  last !== undefined && !last.isConnected && document.activeElement === document.body

/** It is not a tab stop afterwards. */
function focusOn(place: HTMLElement): void {
  if (!place.hasAttribute('tabindex')) {
    place.tabIndex = -1
    place.addEventListener('blur', () => place.removeAttribute('tabindex'), { once: true })
  }
  place.focus({ preventScroll: true })
}
