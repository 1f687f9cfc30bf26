import { useState } from 'react'
import type { WebhookDelivery } from '../../../protocol/webhooks.ts'
import { call } from '../api/call.ts'
import { useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Either } from '../ui/either.tsx'
import { Fault } from '../ui/fault.tsx'
import { useNow } from '../ui/now.ts'
import { Outcome } from '../ui/outcome.tsx'
import { moment, relative } from '../ui/words.ts'
import { EVENT_WORDS } from './event-words.ts'
import { useDeliveries, WEBHOOKS } from './webhook-query.ts'

const WHICH = [
  { id: 'newest', title: 'Newest' },
  { id: 'dead', title: 'Given up' },
] as const
type Which = (typeof WHICH)[number]['id']

/** A receiver's past and pending deliveries, newest first; one that was given up can be redelivered. */
export function Deliveries({ webhook }: { webhook: string }) {
  const [which, setWhich] = useState<Which>('newest')
  const { data, error } = useDeliveries(webhook, which)
  const now = useNow()
  return (
    <div className="stack">
      <Either label="Which deliveries" value={which} options={WHICH} onChange={setWhich} />
      <Fault cause={error} />
      {data?.length === 0 && (
        <p className="muted">{which === 'dead' ? 'None was given up.' : 'Nothing has happened yet.'}</p>
      )}
      <ul>
        {data?.map((delivery) => (
          <DeliveryRow key={delivery.delivery} delivery={delivery} now={now} />
        ))}
      </ul>
    </div>
  )
}

const STATE_WORDS = { waiting: 'Waiting', delivered: 'Delivered', dead: 'Given up' } as const

function DeliveryRow({
  delivery: { delivery, webhook, event, state, at, tries, due, error },
  now,
}: {
  delivery: WebhookDelivery
  now: number
}) {
  const again = useChange(
    () => call(`v1/studio/webhooks/${webhook}/deliveries/${delivery}/retry`, { method: 'POST' }),
    [WEBHOOKS],
  )
  return (
    <li className="delivery-row">
      <span className={state === 'delivered' ? 'chip good' : 'chip'} data-state={state}>
        {STATE_WORDS[state]}
      </span>
      <span>
        {EVENT_WORDS[event]} <span className="muted">{moment(at, now)}</span>
      </span>
      <span className="muted">
        {error !== undefined && <bdi>{error} · </bdi>}
        {tries === 1 ? '1 try' : `${tries} tries`}
        {state === 'waiting' && tries > 0 && `, next ${relative(Math.max(due, now), now)}`}
      </span>
      {state !== 'delivered' && (
        <Button
          size="small"
          aria-label={`Deliver now: ${EVENT_WORDS[event]}`}
          isPending={again.isPending}
          onPress={() => again.mutate(undefined)}
        >
          Deliver now
        </Button>
      )}
      <Outcome of={again} />
    </li>
  )
}
