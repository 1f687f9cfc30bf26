import { RoarElement, type Stay } from './roar-element.ts'
import { listen, type Shared } from './shared-client.ts'

/** An element that listens and nothing more, by the one client that all of its show on the page have. */
export abstract class ListeningElement extends RoarElement {
  /** Shows what this element is there for, until the stay's signal aborts. */
  protected abstract present(stay: Stay, shared: Shared): void

  protected begin(stay: Stay): void {
    const shared = listen(stay)
    if (shared !== undefined) this.present(stay, shared)
  }
}
