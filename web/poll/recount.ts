import type { Certificate } from '../../sdk/src/votes/index.ts'
import type { Difference } from './differences.ts'
import type { RecountNews, RecountTask } from './recount-worker.ts'

/** A recount's result: the same, the differences, or why there is none. */
export type Recounted =
  | { state: 'same'; certificate: Certificate }
  | { state: 'other'; faults: Difference[] }
  | { state: 'none'; code: string }

/**
 * Recounts all ballots of a sealed poll, in a worker loaded only now.
 * @param options.onCounted Called every ten thousand ballots with the count. @param options.signal Aborts it.
 */
export async function recountPoll({
  url,
  certificate,
  onCounted,
  signal,
}: {
  url: string
  certificate: Certificate
  onCounted(counted: number): void
  signal: AbortSignal
}): Promise<Recounted> {
  // Browsers before 2025 may lack it, and are referred to another tool.
  if (!('toBase64' in Uint8Array.prototype)) return { state: 'none', code: 'unable' }
  const { show, poll } = certificate.statement
  const task: RecountTask = {
    url: `${url}/v1/shows/${show}/polls/${poll}`,
    statement: certificate.statement,
  }
  const script = startableHere(`${url}/recount.js`)
  let worker: Worker | undefined
  try {
    worker = new Worker(script, { type: 'module' })
    return await outcomeOf(worker, { task, certificate, onCounted, signal })
  } catch {
    // A page's policy may forbid workers.
    return { state: 'none', code: 'unable' }
  } finally {
    worker?.terminate()
    URL.revokeObjectURL(script)
  }
}

/** A worker starts only from its page's own origin: on a page of another one, from a script that imports it. */
function startableHere(address: string): string {
  if (new URL(address).origin === origin) return address
  const script = `import ${JSON.stringify(address)}`
  return URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
}

const outcomeOf = (
  worker: Worker,
  {
    task,
    certificate,
    onCounted,
    signal,
  }: { task: RecountTask; certificate: Certificate; onCounted(counted: number): void; signal: AbortSignal },
): Promise<Recounted> =>
  new Promise((resolve) => {
    const none = (code: string) => resolve({ state: 'none', code })
    // It may have been stopped while the certificate was fetched.
    if (signal.aborted) return none('stopped')
    signal.addEventListener('abort', () => none('stopped'), { once: true })
    worker.addEventListener('error', () => none('unable'))
    worker.addEventListener('message', ({ data }: MessageEvent<RecountNews>) => {
      if ('counted' in data) onCounted(data.counted)
      else if ('failed' in data) none(data.failed)
      else if (data.faults.length > 0) resolve({ state: 'other', faults: data.faults })
      else resolve({ state: 'same', certificate })
    })
    worker.postMessage(task)
  })
