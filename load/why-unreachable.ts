/** Whether the connection was refused: nothing listens there. */
export const isRefused = (cause: unknown): boolean =>
  ['ConnectionRefused', 'ECONNREFUSED'].includes((cause as { code?: string }).code ?? '')

/** Why a connection failed, for people: if nothing listens, the runtime's own message is a question. */
export const whyUnreachable = (cause: unknown): string =>
  isRefused(cause) ? 'nothing listens there' : (cause as Error).message
