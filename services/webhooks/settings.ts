import { group, setting } from '../../settings/setting.ts'
import { yesOrNo } from '../../settings/values.ts'

/** Where webhooks may go. */
export const WEBHOOK_SETTINGS = group('Webhooks', {
  'webhooks-private': setting(
    yesOrNo,
    false,
    'Whether webhooks may call this machine and private networks. Anyone who can create one then reaches everything that this server can reach.',
  ),
})
