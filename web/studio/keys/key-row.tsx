import type { Role } from '../../../protocol/people.ts'
import { call } from '../api/call.ts'
import { useChange } from '../api/queries.ts'
import { roleTitle } from '../people/roles.ts'
import { Confirm } from '../ui/confirm.tsx'
import { useNow } from '../ui/now.ts'
import { Outcome } from '../ui/outcome.tsx'
import { relative } from '../ui/words.ts'

export interface ApiKey {
  key: string
  name: string
  scopes: Role[]
  /** Absent: every show. */
  shows?: string[]
  made: number
  /** To the minute; the time of creation until it is used. */
  used: number
  expires: number
}

export const API_KEYS = ['api-keys']

/** One key: whose it is, what it may do, when it was last used. */
export function KeyRow({ apiKey: { key, name, scopes, shows, made, used, expires } }: { apiKey: ApiKey }) {
  const now = useNow(60_000)
  const revoke = useChange(() => call(`v1/studio/api-keys/${key}`, { method: 'DELETE' }), [API_KEYS])
  return (
    <li className="person-row">
      <div className="show-name">
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <span className="muted">{shows === undefined ? 'every show' : shows.join(', ')}</span>
      </div>
      <span>{scopes.map(roleTitle).join(', ')}</span>
      <span className="muted">
        {used > made ? `used ${relative(used, now)}` : 'not used yet'}, ends {relative(expires, now)}
      </span>
      <div className="row end">
        <Confirm
          size="small"
          label="Revoke"
          consequence="Whatever uses it is refused from now on. It cannot be taken back."
          isPending={revoke.isPending}
          onConfirm={() => revoke.mutate(undefined)}
        />
      </div>
      <Outcome of={revoke} />
    </li>
  )
}
