import { load } from '../load/load.ts'

/**
 * What a painter's script exports: it paints on canvases and takes its tasks one after the other. Tasks and news are data alone, as
 * they may cross from one thread to another.
 */
export type Paint<Task, News> = (
  canvases: readonly OffscreenCanvas[],
  tell: (news: News) => void,
) => (task: Task) => void

export interface Painter<Task> {
  /** @param transfer What leaves this thread with the task, where there are two. */
  send(task: Task, transfer?: Transferable[]): void
}

export interface PainterOptions<News> {
  /** The script's address, without what is loaded again: see `load`. */
  address: string
  canvases: readonly HTMLCanvasElement[]
  onNews(news: News): void
  /** Ends the worker. A painter on the page stops when its last task says so. */
  signal: AbortSignal
}

/** A worker that says nothing for so long will not: its script does not come, or not in time to be of use. */
const READY_MS = 20_000

/**
 * Lets a script paint beside the page, so that a picture that moves costs the page's thread nothing. Where it may not (a server of
 * another origin, a frame without one, an older browser) the same script paints on the page. @returns undefined once `signal` is aborted.
 */
export async function startPainter<Task, News>({
  address,
  canvases,
  onNews,
  signal,
}: PainterOptions<News>): Promise<Painter<Task> | undefined> {
  // A page's policy may forbid workers: some browsers say so by an event, others throw.
  const worker = mayBeBeside(address) ? await workerAt(address, signal).catch(() => undefined) : undefined
  if (worker !== undefined && !signal.aborted) {
    const moved = canvases.map((canvas) => canvas.transferControlToOffscreen())
    worker.onmessage = ({ data }: MessageEvent<News>) => onNews(data)
    worker.postMessage(moved, moved)
    return { send: (task, transfer = []) => worker.postMessage(task, transfer) }
  }
  const script = await load<{ paint: Paint<Task, News> }>(address, { signal })
  // For those who paint the page's own canvases are as good.
  return script && { send: script.paint(canvases as unknown as readonly OffscreenCanvas[], onNews) }
}

const mayBeBeside = (address: string): boolean =>
  'transferControlToOffscreen' in HTMLCanvasElement.prototype && new URL(address).origin === origin

/** The worker once it says that it is there: only then it is given what it cannot give back. */
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
      // A fault of one frame is no end: the canvases cannot come back, and the next task begins anew.
      worker.onerror = null
      resolve(worker)
    }
    signal.addEventListener('abort', end)
  })
}
