import { element } from '../dom/element.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { isStale } from '../mood/stale.ts'
import { Bars } from '../swarm/bars.ts'
import { spritesOf } from '../swarm/sprites.ts'
import { Swarm } from '../swarm/swarm.ts'
import { RoarElement, type Stay } from './roar-element.ts'

/**
 * `<roar-swarm url show for>`: the crowd's stickers rise over what `for` selects, such as a video; default: over the element itself.
 * Where motion is to be reduced bars stand in the element.
 */
export class RoarSwarm extends RoarElement {
  protected begin({ client, frame, url, signal, onShow }: Stay): void {
    const host = element('div')
    host.setAttribute('part', 'bars')
    frame.append(host)
    const bars = new Bars({ host })
    const swarm = new Swarm({ host: this.shadowRoot!, over: this.target, still: reducedMotion, onTop: true })
    signal.addEventListener('abort', () => swarm.close())
    onShow(({ stickers }) => {
      swarm.setSprites(spritesOf(stickers, url))
      bars.setStickers(stickers, url)
    })
    let newestAt = 0
    client.on(
      'mood',
      (mood) => {
        const stale = isStale(mood, { newestAt, now: Date.now() })
        newestAt = mood.at
        host.hidden = !reducedMotion()
        if (stale) return
        if (reducedMotion()) bars.packet(mood, performance.now())
        swarm.packet(mood)
      },
      { signal },
    )
  }
}
