/** A picture cannot be used. The message goes to the producer: it says what is wrong with the picture and nothing about us. */
export class Refusal extends Error {
  override name = 'Refusal'
}
