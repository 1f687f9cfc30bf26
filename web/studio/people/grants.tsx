import type { Grant } from '../../../protocol/people.ts'
import { Button } from '../ui/button.tsx'
import { Choose } from '../ui/choose.tsx'
import { Where } from '../ui/where.tsx'
import { grantWords, ROLE_CHOICES } from './roles.ts'

/** A person's roles, each with its shows; the last one cannot be removed. */
export function Grants({
  value,
  onChange,
}: {
  value: readonly Grant[]
  onChange: (value: readonly Grant[]) => void
}) {
  const put = (at: number, { role, show }: { role: Grant['role']; show: string | undefined }) =>
    onChange(value.with(at, show === undefined ? { role } : { role, show }))
  return (
    <>
      {value.map(({ role, show }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a role has no name of its own, and its fields keep nothing
        <div className="grant" key={at}>
          <Choose
            label="Role"
            value={role}
            options={ROLE_CHOICES}
            onChange={(role) => put(at, { role, show })}
          />
          <Where show={show} onChange={(show) => put(at, { role, show })} />
          {value.length > 1 && (
            <Button
              look="bare"
              aria-label={`Remove the role ${grantWords({ role, ...(show !== undefined && { show }) })}`}
              onPress={() => onChange(value.toSpliced(at, 1))}
            >
              Remove
            </Button>
          )}
        </div>
      ))}
      <div>
        <Button size="small" onPress={() => onChange([...value, { role: 'moderator' }])}>
          Add a role
        </Button>
      </div>
    </>
  )
}
