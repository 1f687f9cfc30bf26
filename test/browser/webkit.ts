import { within } from '../../adapters/within.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { answering, BrowserEnded, NoAnswer, type OtherWindow } from './other-window.ts'

/** The browser of Debian's WebKitGTK, which its driver starts. */
export const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'
const START_MS = 60_000
/** A program that has not ended this long after being asked to is killed. */
const END_MS = 5_000
/** The driver's error (W3C WebDriver, 6.6) for each command after WebKit's process for the page has crashed. */
const ENDED = 'invalid session id'
/** What the driver says when it has lost the result of a script, now and then of one that only reads. */
const LOST = 'Could not parse script result'

/** One window of WebKitGTK, by W3C WebDriver, on its own virtual screen. @throws when it does not start in time */
export async function openWebKit(): Promise<OtherWindow> {
  const port = await freePort()
  const display = `:${port}`
  const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const
  const screen = Bun.spawn(['Xvfb', display, '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], quiet)
  const driver = Bun.spawn(['WebKitWebDriver', `--port=${port}`], {
    ...quiet,
    // Without a language, which WebKit then calls `C`: no tag that `Intl` takes.
    env: { ...process.env, LC_ALL: 'C', DISPLAY: display, GDK_BACKEND: 'x11', LIBGL_ALWAYS_SOFTWARE: '1' },
  })
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const { value } = (await response.json()) as { value: { error?: string; message?: string } | null }
    if (value?.error !== undefined)
      throw new (value.error === ENDED ? BrowserEnded : Error)(`${value.error}: ${value.message}`)
    return value
  }
  const begin = async (): Promise<string> => {
    const browser = { binary: MINI_BROWSER, args: ['--automation'] }
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': browser } }
    const { sessionId } = (await call('POST', '/session', { capabilities })) as { sessionId: string }
    return `/session/${sessionId}`
  }
  const close = async (session?: string) => {
    if (session !== undefined) await within(END_MS, call('DELETE', session)).catch(() => {})
    for (const program of [driver, screen]) {
      program.kill()
      await within(END_MS, program.exited).catch(() => program.kill('SIGKILL'))
    }
  }
  const untilMs = performance.now() + START_MS
  for (;;) {
    try {
      const session = await within(START_MS, begin())
      return answering({
        open: async (url) => void (await call('POST', `${session}/url`, { url })),
        run: (script) =>
          call('POST', `${session}/execute/sync`, { script, args: [] }).catch((cause: Error) => {
            throw cause.message.includes(LOST) ? new NoAnswer(`lost the result of: ${script}`) : cause
          }),
        picture: async () => Buffer.from((await call('GET', `${session}/screenshot`)) as string, 'base64'),
        close: () => close(session),
      })
    } catch (cause) {
      // The screen and the driver take a while to start.
      if (performance.now() < untilMs) await Bun.sleep(200)
      else {
        await close()
        throw cause
      }
    }
  }
}
