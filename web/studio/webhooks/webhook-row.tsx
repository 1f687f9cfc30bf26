import { useState } from 'react'
import type { WebhookDelivery } from '../../../protocol/webhooks.ts'
import { call } from '../api/call.ts'
import { useChange, useShows } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { number } from '../ui/words.ts'
import { Deliveries } from './deliveries.tsx'
import { EVENT_WORDS } from './event-words.ts'
import { WEBHOOKS, type Webhook } from './webhook-query.ts'

/** One receiver: its address, its events, its deliveries. */
export function WebhookRow({
  webhook: { webhook, url, events, show, threshold, waiting },
}: {
  webhook: Webhook
}) {
  const [isOpen, setOpen] = useState(false)
  const title = useShows().data?.find((each) => each.show === show)?.title
  const path = `v1/studio/webhooks/${webhook}`
  const test = useChange(
    () => call<WebhookDelivery>(`${path}/test`, { method: 'POST' }),
    [WEBHOOKS],
    () => setOpen(true),
  )
  const remove = useChange(() => call(path, { method: 'DELETE' }), [WEBHOOKS])
  return (
    <li className="webhook" aria-label={url}>
      <div className="webhook-head">
        <div className="show-name">
          <strong className="webhook-url" dir="ltr">
            {url}
          </strong>
          <span className="muted">
            <bdi>{show === undefined ? 'Every show' : (title ?? show)}</bdi> ·{' '}
            {events
              .map((event) =>
                event === 'show.threshold' && threshold
                  ? `${EVENT_WORDS[event].toLowerCase()} (over ${number(threshold.perSecond)} a second for ${threshold.forS} s)`
                  : EVENT_WORDS[event].toLowerCase(),
              )
              .join(', ')}
          </span>
        </div>
        {waiting > 0 && <span className="chip">{number(waiting)} waiting</span>}
        <div className="row end">
          <Button size="small" isPending={test.isPending} onPress={() => test.mutate(undefined)}>
            Send a test
          </Button>
          <Button size="small" aria-expanded={isOpen} onPress={() => setOpen(!isOpen)}>
            Deliveries
          </Button>
          <Confirm
            size="small"
            label="Remove"
            consequence="It is told nothing any more, not even what waits for it."
            isPending={remove.isPending}
            onConfirm={() => remove.mutate(undefined)}
          />
        </div>
      </div>
      <Outcome of={test} />
      <Outcome of={remove} />
      {isOpen && <Deliveries webhook={webhook} />}
    </li>
  )
}
