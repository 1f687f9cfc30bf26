/** Only against tests that hang, milliseconds: what takes 40 s takes minutes beside other work, which is no fault. */
export const HANG_MS = 480_000
