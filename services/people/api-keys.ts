import { randomUUID } from 'node:crypto'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { ApiKey, PeopleStore } from '../../adapters/store/people.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Grant } from '../../protocol/people.ts'
import { hashOf, newSecret } from './secrets.ts'

/** Keys of one installation. */
const KEYS_MAX = 200
/** The prefix of a key, so that whoever finds one in a file knows what it is. */
export const KEY_PREFIX = 'roar_'

export type ApiKeys = ReturnType<typeof createApiKeys>

/** Keys for machines: they belong to the installation and outlive their creators. */
export function createApiKeys({ store, clock }: { store: PeopleStore; clock: Clock }) {
  const list = async (): Promise<ApiKey[]> => {
    const now = clock.now()
    return ((await store.credentials('api-key')) as ApiKey[]).filter(({ ends }) => ends > now)
  }
  return {
    /** The valid ones, oldest first. */
    list,

    /** Returns the key itself, which is shown only once. */
    async make(
      { name, grants, ends }: { name: string; grants: Grant[]; ends: number },
      by: string,
    ): Promise<{ key: ApiKey; secret: string }> {
      if ((await list()).length >= KEYS_MAX)
        throw new RoarError('bad_request', `there are already ${KEYS_MAX} keys`)
      const secret = KEY_PREFIX + newSecret()
      const made = clock.now()
      const key: ApiKey = {
        ...{ kind: 'api-key', id: randomUUID(), hash: hashOf(secret), person: '' },
        ...{ name, grants, made, used: made, ends },
      }
      const detail = { key: key.id, name, grants, ends }
      await store.write(
        { adds: key, entry: { at: made, who: by, action: 'make-api-key', poll: '', detail } },
        made,
      )
      return { key, secret }
    },

    /** Revokes a key, in every process at once. An unknown one counts as revoked. */
    async end(id: string, by: string): Promise<void> {
      const key = (await list()).find((each) => each.id === id)
      if (key === undefined) return
      const at = clock.now()
      const detail = { key: id, name: key.name }
      await store.write({ ends: { id }, entry: { at, who: by, action: 'end-api-key', poll: '', detail } }, at)
    },
  }
}
