/** The server's error (RFC 9457), or that it was unreachable. */
export class Problem extends Error {
  /** 0: no answer. */
  readonly status: number
  /** From the closed list of docs/errors.md, or `unreachable`. */
  readonly code: string
  /** For `stale`: the current document, as changed by somebody else. */
  readonly current: unknown

  constructor({
    status,
    code,
    detail,
    current,
  }: { status: number; code: string; detail: string; current?: unknown }) {
    super(detail)
    this.status = status
    this.code = code
    this.current = current
  }

  /** Whether a retry may succeed. Every studio call is safe to retry: see docs/errors.md. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502
  }
}

/** For people, in one sentence. */
export function wordsOf(cause: unknown): string {
  if (!(cause instanceof Problem)) return 'Something went wrong on this page. Load it again.'
  return WORDS[cause.code] ?? sentence(cause.message)
}

const WORDS: Record<string, string> = {
  unreachable: 'The server does not answer.',
  unauthorized: 'You are not signed in any more.',
  forbidden: 'Your role does not allow this.',
  stale: 'Somebody else changed this in the meantime.',
  draining: 'The server is restarting.',
  store_unavailable: 'The server’s store does not answer.',
  log_unavailable: 'The server’s log does not answer.',
}

const sentence = (text: string): string => {
  const trimmed = text.trim()
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${/[.?!]$/.test(trimmed) ? '' : '.'}`
}
