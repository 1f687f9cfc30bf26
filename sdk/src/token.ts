import { RoarError } from './error.ts'
import type { Platform } from './platform.ts'
import { ANSWER_MS_MAX, type RequestOptions, request } from './request.ts'

type Given = string | undefined

/**
 * A viewer's token, or a function that returns the current one. If it returns a token directly it is called each time; a token
 * that it promises is kept until the server refuses it, and then the function is called again, with the refused token.
 */
export type TokenSource = string | ((refused?: string) => Given | Promise<Given>)

/** The viewer's token as requests need it, whatever its source. */
export interface Token {
  /** The token, if it is known without waiting. */
  peek(): Given
  /**
   * The token; one other than `refused`, if given. Rejects with `RoarError` code `token` if the function fails, or takes 10 s.
   */
  get(refused?: string): Promise<Given>
  /**
   * One request as the viewer, with `options.token` or the newest. A refused token certainly had no effect, so the request is
   * repeated with another one, if there is one that is `good`.
   */
  request<Answer>(
    url: string,
    has: keyof Answer,
    options?: RequestOptions,
    good?: (token: string) => boolean,
  ): Promise<Answer>
}

export function tokenOf(source: TokenSource | undefined, platform: Platform): Token {
  /** The result of a promise. */
  let kept: Given
  let asking: Promise<Given> | undefined

  /** Calls the function, one call at a time. */
  function ask(refused?: string): Given | Promise<Given> {
    if (asking || typeof source !== 'function') return asking ?? (source as Given)
    let given: Given | Promise<Given>
    try {
      given = source(refused)
    } catch (cause) {
      given = Promise.reject(cause)
    }
    if (!(given instanceof Object)) return given
    asking = wait(given).finally(() => {
      asking = undefined
    })
    // `peek` does not wait for it.
    asking.catch(() => {})
    return asking
  }

  const wait = (given: Promise<Given>): Promise<Given> =>
    new Promise((resolve, reject) => {
      const fail = (cause?: unknown) => reject(new RoarError('token', 'No token', { cause }))
      const cancel = platform.after(ANSWER_MS_MAX, fail)
      given
        .then((token) => {
          kept = token
          resolve(token)
        }, fail)
        .finally(cancel)
    })

  async function get(refused?: string): Promise<Given> {
    if (refused === kept) kept = undefined
    return kept ?? ask(refused)
  }

  return {
    peek() {
      const now = kept ?? ask()
      return now instanceof Object ? undefined : now
    },
    get,
    async request(url, has, options, good = Boolean) {
      const send = (token: Given) => request(platform, url, has, { ...options, token })
      const first = options?.token ?? (await get())
      try {
        return await send(first)
      } catch (cause) {
        const other = first && (cause as RoarError).status === 401 ? await get(first) : first
        if (!other || other === first || !good(other)) throw cause
        return send(other)
      }
    },
  }
}
