/** What a proxy or a client may call a request: anything that can stand in a log line and a field. */
const REQUEST_ID = /^[\w.:/+=-]{1,128}$/

/** The field `X-Request-Id`, where it is one that can be repeated. */
export const givenRequestId = (field: string | null | undefined): string | undefined =>
  typeof field === 'string' && REQUEST_ID.test(field) ? field : undefined

/** A request that has no name of its own gets one with its problem, so that people can ask about it. */
export const newRequestId = (): string => crypto.randomUUID()
