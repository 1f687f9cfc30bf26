const query = matchMedia('(prefers-reduced-motion: reduce)')

/** Whether the viewer asked for less motion, now. */
export const reducedMotion = (): boolean => query.matches

/** Calls back when the viewer's wish changes. Returns the unsubscribe function. */
export function onReducedMotion(listener: () => void): () => void {
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}
