import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'
import { Loading } from '../ui/loading.tsx'
import { useTitle } from '../ui/title.ts'
import { NewWebhook } from './new-webhook.tsx'
import { useWebhooks } from './webhook-query.ts'
import { WebhookRow } from './webhook-row.tsx'

/** Which other servers are notified of events, and how that goes. For producers. */
export default function WebhooksScreen() {
  useTitle('Webhooks')
  const [making, setMaking] = useState(false)
  const { data, error, isPending } = useWebhooks()
  return (
    <div className="page">
      <div className="page-head">
        <h1>Webhooks</h1>
        <span className="gap" />
        <Button look="main" onPress={() => setMaking(true)}>
          New webhook
        </Button>
      </div>
      <p className="lead">
        Other servers are told when a show starts, ends or grows loud and when a poll opens, closes, is
        revealed or sealed. Each delivery is signed, and tried again for hours until it arrives.
      </p>
      <Fault cause={error} />
      {isPending && <Loading />}
      {data?.length === 0 && <p className="empty">Nobody is told yet.</p>}
      {data !== undefined && data.length > 0 && (
        <ul className="list">
          {data.map((webhook) => (
            <WebhookRow key={webhook.webhook} webhook={webhook} />
          ))}
        </ul>
      )}
      {making && <NewWebhook onClose={() => setMaking(false)} />}
    </div>
  )
}
