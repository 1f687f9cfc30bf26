/** A request id from a proxy or a client: anything safe for a log line and a header. */
const REQUEST_ID = /^[\w.:/+=-]{1,128}$/

/** The header `X-Request-Id`, if it is valid. */
export const givenRequestId = (field: string | null | undefined): string | undefined =>
  typeof field === 'string' && REQUEST_ID.test(field) ? field : undefined

/** A request without an id gets one with its problem, so that people can refer to it. */
export const newRequestId = (): string => crypto.randomUUID()
