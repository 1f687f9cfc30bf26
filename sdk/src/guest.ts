import type { GuestAnswer } from '../../protocol/packets.ts'
import { ownPlatform } from './platform.ts'
import { request } from './request.ts'

export interface GuestOptions {
  /** The server's address, such as `https://roar.example`. */
  url: string
  /** The name that stands at the guest's posts, 32 characters at most. The server makes one up where it is left out. */
  name?: string
}

/** Asks for a guest's token. Rejects with `guests_not_allowed` where the server gives none. */
export const guest = ({ url, name }: GuestOptions, platform = ownPlatform()): Promise<GuestAnswer> =>
  request(platform, `${url.replace(/\/$/, '')}/v1/viewers`, { body: { name } })
