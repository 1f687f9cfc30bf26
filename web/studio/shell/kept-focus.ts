import { useEffect } from 'react'

/** What somebody works in: the focus that is lost inside goes to it. */
const PLACES = 'li, tr, article, section, [role="dialog"], main'
/** Whoever takes a button away may put the focus somewhere itself, in a frame or two. */
const GRACE_MS = 100

/**
 * Whoever presses a button that goes away with what it did stays where they are: the next Tab is what stands in its place. A
 * browser would leave the focus on nothing, and begin again at the top of the page (WCAG 2.4.3).
 */
export function useKeptFocus(): void {
  useEffect(() => {
    /** What had the focus last, and what it is in, from the inside out. */
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

/** It is no stop of the Tab key afterwards. */
function focusOn(place: HTMLElement): void {
  if (!place.hasAttribute('tabindex')) {
    place.tabIndex = -1
    place.addEventListener('blur', () => place.removeAttribute('tabindex'), { once: true })
  }
  place.focus({ preventScroll: true })
}
