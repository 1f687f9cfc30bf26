/** Why nobody was reached, for people: the runtime asks back where nobody listens. */
export function whyUnreachable(cause: unknown): string {
  const { code, message } = cause as { code?: string; message: string }
  return code === 'ConnectionRefused' || code === 'ECONNREFUSED' ? 'nothing listens there' : message
}
