import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import { THRESHOLD_S_MAX, WEBHOOK_EVENTS, type WebhookEvent } from '../../../protocol/webhooks.ts'
import { call } from '../api/call.ts'
import { useMakeOnce } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Window } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { FormEnd } from '../ui/form-end.tsx'
import { Several } from '../ui/several.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { Where } from '../ui/where.tsx'
import { EVENT_WORDS } from './event-words.ts'
import { WEBHOOKS } from './webhook-query.ts'

const EVENTS = WEBHOOK_EVENTS.map((id) => ({ id, title: EVENT_WORDS[id] }))

/** Creates a webhook, and shows the secret that its deliveries are signed with. */
export function NewWebhook({ onClose }: { onClose: () => void }) {
  const [url, setUrl] = useState('')
  const [show, setShow] = useState<string | undefined>()
  const [events, setEvents] = useState<readonly WebhookEvent[]>(
    WEBHOOK_EVENTS.filter((event) => event !== 'show.threshold'),
  )
  const [perSecond, setPerSecond] = useState('10000')
  const [forS, setForS] = useState('5')
  const hasThreshold = events.includes('show.threshold')
  const make = useMakeOnce(() => {
    const threshold = hasThreshold ? { perSecond: Number(perSecond), forS: Number(forS) } : undefined
    const body = { url, show, events, threshold }
    return call<{ secret: string }>('v1/studio/webhooks', { method: 'POST', body })
  }, WEBHOOKS)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate(undefined)
  }
  return (
    <Window title="New webhook" isOpen onClose={onClose}>
      {make.data === undefined ? (
        <Form className="stack" onSubmit={submit}>
          <Field
            label="Address"
            type="url"
            value={url}
            onChange={setUrl}
            isRequired
            autoFocus
            isText={false}
            help="https, and reached by everybody."
          />
          <Where show={show} onChange={setShow} />
          <Several label="Told of" value={events} options={EVENTS} onChange={setEvents} />
          {hasThreshold && (
            <div className="fields">
              <Field
                label="Loud: over so many reactions a second"
                type="number"
                value={perSecond}
                onChange={setPerSecond}
                isRequired
                isText={false}
              />
              <Field
                label="For so many seconds on end"
                type="number"
                value={forS}
                onChange={setForS}
                isRequired
                isText={false}
                help={`At most ${THRESHOLD_S_MAX}.`}
              />
            </div>
          )}
          <FormEnd change={make} label="Make the webhook" onCancel={onClose} />
        </Form>
      ) : (
        <>
          <ShownOnce what="the secret" value={make.data.secret}>
            Its deliveries are signed with this secret, by which the receiver checks them. It is not shown
            again.
          </ShownOnce>
          <div className="row end">
            <Button onPress={onClose}>Done</Button>
          </div>
        </>
      )}
    </Window>
  )
}
