import Hls, { type ErrorData } from 'hls.js/light'
import type { Player } from '../../sdk/src/player/index.ts'

/**
 * Plays HLS by script, for browsers without native support. Loaded only then: it is larger than all the rest of the page.
 * `undefined` if the browser cannot do that either. @param onFailure Called when it has given up.
 */
export function playHls(
  screen: HTMLVideoElement,
  address: string,
  onFailure: () => void,
): { player: Player; stop: () => void } | undefined {
  if (!Hls.isSupported()) return undefined
  // Its worker is a blob, which the page's policy forbids.
  const hls = new Hls({ enableWorker: false, capLevelToPlayerSize: true })
  let recovered = false
  hls.on(Hls.Events.ERROR, (_event, { fatal, type }: ErrorData) => {
    if (!fatal) return
    // Once: a decoder that fails again on the same picture always will.
    if (type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
      recovered = true
      hls.recoverMediaError()
      return
    }
    onFailure()
  })
  hls.loadSource(address)
  hls.attachMedia(screen)
  return { player: hls, stop: () => hls.destroy() }
}
