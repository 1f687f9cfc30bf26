import { load } from '../load/load.ts'

/**
 * What a painter's script exports: it paints on canvases and takes tasks in order. Tasks and news are plain data, as they may
 * cross threads.
 */
export type Paint<Task, News> = (
  canvases: readonly OffscreenCanvas[],
  tell: (news: News) => void,
) => (task: Task) => void

export interface Painter<Task> {
  /** @param transfer Objects to transfer with the task, if the painter is a worker. */
  send(task: Task, transfer?: Transferable[]): void
}

export interface PainterOptions<News> {
  /** The script's address, without the retry query: see `load`. */
  address: string
  canvases: readonly HTMLCanvasElement[]
  onNews(news: News): void
  /** Ends the worker. A painter on the page stops when its last task says so. */
  signal: AbortSignal
}

/** A worker that has not reported by then is given up: its script is missing, or too slow to be of use. */
const READY_MS = 20_000

/**
 * Starts a script that paints in a worker, so that animation costs the page's thread nothing. If that is not allowed (a server of
 * another origin, a frame without one, an older browser), the same script paints on the page. @returns undefined once `signal` is
 * aborted.
 */
export async function startPainter<Task, News>({
  address,
  canvases,
  onNews,
  signal,
}: PainterOptions<News>): Promise<Painter<Task> | undefined> {
  // A page's policy may forbid workers: some browsers fire an event, others throw.
  const worker = mayBeBeside(address) ? await workerAt(address, signal).catch(() => undefined) : undefined
  if (worker !== undefined && !signal.aborted) {
    const moved = canvases.map((canvas) => canvas.transferControlToOffscreen())
    worker.onmessage = ({ data }: MessageEvent<News>) => onNews(data)
    worker.postMessage(moved, moved)
    return { send: (task, transfer = []) => worker.postMessage(task, transfer) }
  }
  const script = await load<{ paint: Paint<Task, News> }>(address, { signal })
  // For painting, the page's own canvases work as well.
  return script && { send: script.paint(canvases as unknown as readonly OffscreenCanvas[], onNews) }
}

const mayBeBeside = (address: string): boolean =>
  'transferControlToOffscreen' in HTMLCanvasElement.prototype && new URL(address).origin === origin

/** Resolves once the worker reports ready: only then are canvases transferred, as that cannot be undone. */
function workerAt(address: string, signal: AbortSignal): Promise<Worker | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(address, { type: 'module' })
    const end = () => {
      clearTimeout(timer)
      worker.terminate()
      resolve(undefined)
    }
    const timer = setTimeout(end, READY_MS)
    worker.onerror = end
    worker.onmessage = () => {
      clearTimeout(timer)
      // A fault in one frame is not the end: the canvases cannot come back, and the next task starts afresh.
      worker.onerror = null
      resolve(worker)
    }
    signal.addEventListener('abort', end)
  })
}
