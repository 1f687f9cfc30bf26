/** A program that loads the Kafka client: how many checks are compiled for that and later, and what they say of options. */
const { Function: Own } = globalThis
let compiled = 0
function Counted(...texts: string[]) {
  // By its parameters: Avro's library compiles others.
  if (texts[0] === 'self') compiled++
  return Own(...texts)
}
Counted.prototype = Own.prototype
globalThis.Function = Counted as never

const { Producer } = await import('@platformatic/kafka')
const atLoad = compiled

function said(options: object): string {
  try {
    const least = { clientId: 'a', bootstrapBrokers: ['127.0.0.1:1'], strict: true }
    return `taken: ${new Producer({ ...least, ...options }).clientId}`
  } catch (cause) {
    return (cause as Error).message
  }
}
const answers = [{ clientId: 7 }, { timeout: -1, acks: 99 }, { compression: 'none at all' }, {}].map(said)
console.log(JSON.stringify({ atLoad, later: compiled - atLoad, answers }))
process.exit(0)

export {}
