import * as v from 'valibot'
import { witnessKeyOf } from '../../engine/polls/checkpoints.ts'
import { group, setting } from '../../settings/setting.ts'
import { list } from '../../settings/values.ts'
import { sha256 } from '../sha256.ts'
import type { Witness } from './witnesses.ts'

/** `KEY URL`: the witness's published key, and its address. undefined if invalid. */
export function witnessOf(text: string): Witness | undefined {
  const [key = '', url = '', ...rest] = text.split(/\s+/)
  const witness = witnessKeyOf(sha256, key)
  const isUrl = /^https?:$/.test(URL.parse(url)?.protocol ?? '')
  return witness === undefined || !isUrl || rest.length > 0
    ? undefined
    : { ...witness, text: key, url: url.replace(/\/$/, '') }
}

/** Independent witnesses of polls' heads. */
export const WITNESS_SETTINGS = group('Votes', {
  witnesses: setting(
    v.pipe(
      list,
      v.maxLength(16, 'is a list of more than 16'),
      v.everyItem((text) => witnessOf(text) !== undefined, 'is not KEY URL, or a list of them'),
    ),
    [],
    'Witnesses (C2SP tlog-witness) that cosign the heads of polls, each as KEY URL, with the key as the witness publishes it. Empty: none.',
  ),
})
