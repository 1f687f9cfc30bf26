/** Whether nothing listens where somebody was to be reached. */
export const isRefused = (cause: unknown): boolean =>
  ['ConnectionRefused', 'ECONNREFUSED'].includes((cause as { code?: string }).code ?? '')

/** Why nobody was reached, for people: the runtime asks back where nobody listens. */
export const whyUnreachable = (cause: unknown): string =>
  isRefused(cause) ? 'nothing listens there' : (cause as Error).message
