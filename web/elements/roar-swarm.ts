import stickersCss from '../stickers/stickers.css' with { type: 'text' }
import swarmCss from '../swarm/swarm.css' with { type: 'text' }
import { showCrowd } from './crowd.ts'
import { frameCss } from './frame.ts'
import { ListeningElement } from './listening-element.ts'
import { type Stay, sheetOf } from './roar-element.ts'
import type { Shared } from './shared-client.ts'

const sheet = sheetOf(stickersCss, swarmCss, frameCss)

/**
 * `<roar-swarm url show for>`: the crowd's stickers rise over what `for` selects, such as a video; default: over the element
 * itself. With reduced motion, bars stand in the element instead.
 */
export class RoarSwarm extends ListeningElement {
  constructor() {
    super(sheet)
  }

  protected present(stay: Stay, shared: Shared): void {
    showCrowd(stay, shared, { layer: this.shadowRoot!, over: this.target })
  }
}
