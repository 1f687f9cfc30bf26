import type { GuestAnswer } from '../../protocol/packets.ts'
import { serverAt } from './address.ts'
import { ownPlatform } from './platform.ts'
import { request } from './request.ts'

export interface GuestOptions {
  /** The server's address, such as `https://roar.example`. */
  url: string
  /** The name that stands at the guest's posts, 32 characters at most. The server makes one up where it is left out. */
  name?: string
}

/** Asks for a guest's token. Rejects with `guests_not_allowed` where the server gives none, with `TypeError` for an address that is none. */
export const guest = async ({ url, name }: GuestOptions, platform = ownPlatform()): Promise<GuestAnswer> =>
  request(platform, `${serverAt(url)}/v1/viewers`, { body: { name } })
