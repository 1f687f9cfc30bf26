import type { Paint } from './painter.ts'

/** Makes a script a painter's: begun as a worker it says that it is there and takes canvases, then tasks. Imported by a page it waits. */
export function paintBeside<Task, News>(paint: Paint<Task, News>): void {
  if ('document' in globalThis) return
  addEventListener(
    'message',
    ({ data: canvases }: MessageEvent<readonly OffscreenCanvas[]>) => {
      const take = paint(canvases, (news) => postMessage(news))
      addEventListener('message', ({ data }: MessageEvent<Task>) => take(data))
    },
    { once: true },
  )
  postMessage('here')
}
