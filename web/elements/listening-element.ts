import { RoarElement, type Stay } from './roar-element.ts'
import { listen, type Shared } from './shared-client.ts'

/** An element that only listens, through the one client that all elements of its show on the page share. */
export abstract class ListeningElement extends RoarElement {
  /** Shows the element's content until the stay's signal aborts. */
  protected abstract present(stay: Stay, shared: Shared): void

  protected begin(stay: Stay): void {
    const shared = listen(stay)
    if (shared !== undefined) this.present(stay, shared)
  }
}
