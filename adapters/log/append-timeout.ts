/** How long an append to a durable log may take, unless said otherwise, in milliseconds. */
export const APPEND_TIMEOUT_MS = 5000
