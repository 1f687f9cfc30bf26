import { switchSetting } from '../settings/setting.ts'

export const JSON_FLAG = { json: switchSetting('Print the whole answer as JSON.') }
