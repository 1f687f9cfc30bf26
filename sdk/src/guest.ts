import type { GuestAnswer } from '../../protocol/packets.ts'
import { serverAt } from './address.ts'
import { ownPlatform } from './platform.ts'
import { request } from './request.ts'

export interface GuestOptions {
  /** The server's address, such as `https://roar.example`. */
  url: string
  /** The name shown at the guest's posts, at most 32 characters. By default the server makes one up. */
  name?: string
}

/**
 * Requests a guest's token. Rejects with `guests_not_allowed` if the server gives none, with `TypeError` for an invalid address.
 */
export const guest = async ({ url, name }: GuestOptions, platform = ownPlatform()): Promise<GuestAnswer> =>
  request(platform, `${serverAt(url)}/v1/viewers`, 'token', { body: { name } })
