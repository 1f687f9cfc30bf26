import { element } from '../dom/element.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { isStale } from '../mood/stale.ts'
import { Bars } from '../swarm/bars.ts'
import { Swarm } from '../swarm/swarm.ts'
import type { Stay } from './roar-element.ts'
import type { Shared } from './shared-client.ts'

/**
 * Lets the crowd's stickers rise over an element while it stays. With reduced motion, bars stand in the frame instead.
 * @param where.layer The parent of the swarm's canvas. @param where.over What the swarm rises over.
 */
export function showCrowd(
  { frame, url, signal, onShow }: Stay,
  { client }: Shared,
  { layer, over }: { layer: ShadowRoot; over: Element },
): void {
  const host = element('div')
  host.setAttribute('part', 'bars')
  frame.append(host)
  const bars = new Bars({ host })
  const swarm = new Swarm({ url, host: layer, over, still: reducedMotion, onTop: true })
  signal.addEventListener('abort', () => swarm.close())
  onShow(({ stickers }) => {
    swarm.setStickers(stickers)
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
