import type { Paint } from './painter.ts'

/**
 * Turns a script into a painter: started as a worker, it reports that it is ready and accepts canvases, then tasks. Imported by a
 * page, it does nothing by itself.
 */
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
