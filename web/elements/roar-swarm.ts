import stickersCss from '../stickers/stickers.css' with { type: 'text' }
import swarmCss from '../swarm/swarm.css' with { type: 'text' }
import { showCrowd } from './crowd.ts'
import { frameCss } from './frame.ts'
import { RoarElement, type Stay, sheetOf } from './roar-element.ts'
import { listen } from './shared-client.ts'

const sheet = sheetOf(stickersCss, swarmCss, frameCss)

/**
 * `<roar-swarm url show for>`: the crowd's stickers rise over what `for` selects, such as a video; default: over the element itself.
 * Where motion is to be reduced bars stand in the element.
 */
export class RoarSwarm extends RoarElement {
  constructor() {
    super(sheet)
  }

  protected begin(stay: Stay): void {
    const shared = listen(stay)
    if (shared !== undefined) showCrowd(stay, shared, { layer: this.shadowRoot!, over: this.target })
  }
}
