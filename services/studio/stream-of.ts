/** Reads on as fast as it is taken. The first part is read before the answer begins: an unreachable store is still a 503. */
export async function streamOf(
  parts: AsyncGenerator<string | Uint8Array<ArrayBuffer>>,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const bytes = new TextEncoder()
  let next: Promise<IteratorResult<string | Uint8Array<ArrayBuffer>>> | undefined = Promise.resolve(
    await parts.next(),
  )
  return new ReadableStream({
    async pull(controller) {
      // A quiet time has no rows; between two parts of it whoever has gone is noticed.
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
