/** Resolves with the first SIGTERM or SIGINT: drain. The second one stops the process at once. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signals = 0
    const take = (signal: NodeJS.Signals) => {
      signals++
      if (signals === 1) resolve(signal)
      else process.exit(1)
    }
    process.on('SIGTERM', take)
    process.on('SIGINT', take)
  })
}
