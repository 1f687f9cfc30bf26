/** Milliseconds since 1970 with fractions: never goes back, and is the same in every process of this machine to within a millisecond. */
export const clockMs = (): number => performance.timeOrigin + performance.now()
