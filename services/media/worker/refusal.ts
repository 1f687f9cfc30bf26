/** A picture cannot be used. The message goes to the producer: what is wrong with it, and nothing of ours. */
export class Refusal extends Error {
  override name = 'Refusal'
}
