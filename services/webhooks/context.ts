import type { Clock } from '../../adapters/clock/clock.ts'
import type { StoredWebhook, WebhookStore } from '../../adapters/store/webhooks.ts'
import { mayCall } from '../../engine/people/roles.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { CallContext } from '../http/call/spec.ts'
import type { Member } from '../identity/member.ts'

/** What the calls about webhooks share. */
export interface WebhookContext extends CallContext {
  store: WebhookStore
  clock: Clock
  /** Whether webhooks may go to this machine and to private networks. */
  allowsPrivate: boolean
}

/** Whether somebody may see and change the webhooks of a show; without one, those of all shows. */
export const isManager = ({ grants }: Member, show: string | undefined): boolean =>
  mayCall(grants, 'producer', show)

/** @throws RoarError forbidden */
export function checkManager(caller: Member, show: string | undefined): void {
  if (isManager(caller, show)) return
  const of =
    show === undefined ? 'of all shows takes a producer of all of them' : 'takes a producer of its show'
  throw new RoarError('forbidden', `your role does not allow this: a webhook ${of}`)
}

/** A webhook that the caller may manage. @throws RoarError not_found, forbidden */
export async function managed({ store }: WebhookContext, caller: Member, id: string): Promise<StoredWebhook> {
  const webhook = (await store.all()).find((each) => each.webhook === id)
  if (webhook === undefined) throw new RoarError('not_found', 'there is no such webhook')
  checkManager(caller, webhook.show)
  return webhook
}
