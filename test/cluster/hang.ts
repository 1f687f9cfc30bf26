/** A bound against a test that hangs, milliseconds. What takes 40 s takes minutes beside other work, and is no fault. */
export const HANG_MS = 480_000
