import { group, setting } from '../../settings/setting.ts'
import { yesOrNo } from '../../settings/values.ts'

/** Where webhooks may go. */
export const WEBHOOK_SETTINGS = group('Webhooks', {
  'webhooks-private': setting(
    yesOrNo,
    false,
    'Whether webhooks may go to this machine and to private networks. Whoever may make one reaches what this server reaches.',
  ),
})
