/** Milliseconds since 1970 with fractions: monotonic, and equal in all processes of this machine to within a millisecond. */
export const clockMs = (): number => performance.timeOrigin + performance.now()
