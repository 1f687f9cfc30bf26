/**
 * Streams parts as fast as they are consumed. The first part is read before the response begins, so an unreachable store is still
 * a 503.
 */
export async function streamOf(
  parts: AsyncGenerator<string | Uint8Array<ArrayBuffer>>,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const bytes = new TextEncoder()
  let next: Promise<IteratorResult<string | Uint8Array<ArrayBuffer>>> | undefined = Promise.resolve(
    await parts.next(),
  )
  return new ReadableStream({
    async pull(controller) {
      // Quiet times yield no rows; between two parts a disconnected client is noticed.
      for (;;) {
        const { value, done } = await (next ?? parts.next())
        next = undefined
        if (done) return controller.close()
        if (value.length > 0)
          return controller.enqueue(typeof value === 'string' ? bytes.encode(value) : value)
      }
    },
    async cancel() {
      await parts.return(undefined)
    },
  })
}
