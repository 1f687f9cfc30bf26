import { within } from '../../adapters/within.ts'
import { HANG_MS } from '../hang.ts'

/** A window of a browser that is driven by scripts alone: the operations that every driver supports. */
export interface OtherWindow {
  open(url: string): Promise<void>
  /** Runs a function body in the page, and resolves to what it returns. */
  run(script: string): Promise<unknown>
  /** What it shows, as a PNG. */
  picture(): Promise<Uint8Array>
  close(): Promise<void>
}

/** How long a browser may take for one command, milliseconds: on a busy machine a page answers after seconds. */
export const SILENT_MS_MAX = HANG_MS / 4

/** A command that the browser did not answer. It may have been executed: only reads may be repeated. */
export class NoAnswer extends Error {}

/** The browser's own process ended, and with it the window. */
export class BrowserEnded extends Error {}

/** The same window with a time limit on every command: it ends with its answer or with `NoAnswer`. */
export function answering(window: OtherWindow, silentMsMax = SILENT_MS_MAX): OtherWindow {
  const asked = <Answer>(command: string, work: Promise<Answer>): Promise<Answer> =>
    within(silentMsMax, work, () => new NoAnswer(`no answer in ${silentMsMax / 1000} s to: ${command}`))
  return {
    open: (url) => asked(`open ${url}`, window.open(url)),
    run: (script) => asked(script, window.run(script)),
    picture: () => asked('picture', window.picture()),
    close: () => asked('close', window.close()),
  }
}
