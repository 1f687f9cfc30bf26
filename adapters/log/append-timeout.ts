/** How long an append to a shared log may take, unless said otherwise, in milliseconds. */
export const APPEND_TIMEOUT_MS = 5000
