import type { MoodPacket } from '../../protocol/packets.ts'
import type { RoarError } from './error.ts'
import { type LinkEvents, lossBy } from './link.ts'
import type { Platform } from './platform.ts'
import { request } from './request.ts'

const POLL_MS = 2_000

/** Polls the newest mood every 2 to 3 s, randomly so that a crowd does not synchronise. The last resort: no feed, no polls. */
export function openPolling(
  platform: Platform,
  url: string,
  { opened, packet, lost }: LinkEvents,
): () => void {
  let cancel = () => {}
  let closed = false
  const poll = async (): Promise<void> => {
    try {
      const mood = await request<MoodPacket>(platform, url, 'top')
      if (closed) return
      opened()
      packet('mood', mood)
      cancel = platform.after(POLL_MS * (1 + platform.random() / 2), poll)
    } catch (cause) {
      lost(lossBy(cause as RoarError))
    }
  }
  void poll()
  return () => {
    closed = true
    cancel()
  }
}
