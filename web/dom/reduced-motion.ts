const query = matchMedia('(prefers-reduced-motion: reduce)')

/** Whether the viewer asked for less motion, now. */
export const reducedMotion = (): boolean => query.matches
