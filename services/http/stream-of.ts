import { RoarError } from '../../protocol/errors.ts'

/**
 * Streams parts as fast as they are consumed. The first part is read before the response begins, so an unreachable store is still
 * a 503; one that is unreachable later breaks the response off.
 */
export async function streamOf(
  parts: AsyncGenerator<string | Uint8Array<ArrayBuffer>>,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const bytes = new TextEncoder()
  let next: Promise<IteratorResult<string | Uint8Array<ArrayBuffer>>> | undefined = Promise.resolve(
    await parts.next(),
  )

  async function send(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    // Quiet times yield no rows; between two parts a disconnected client is noticed.
    for (;;) {
      const { value, done } = await (next ?? parts.next())
      next = undefined
      if (done) return controller.close()
      if (value.length > 0) return controller.enqueue(typeof value === 'string' ? bytes.encode(value) : value)
    }
  }

  return new ReadableStream({
    pull: (controller) =>
      send(controller).catch((cause) => {
        if (!(cause instanceof RoarError)) throw cause
        // Without a reason: the runtime prints one with its stack, and what is unreachable says so itself.
        controller.error()
      }),
    async cancel() {
      await parts.return(undefined)
    },
  })
}
