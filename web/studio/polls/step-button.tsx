import { useState } from 'react'
import { takesTwo } from '../../../protocol/show.ts'
import { call, SLOW_MS } from '../api/call.ts'
import { KEYS, type StudioPoll, useChange, useShow } from '../api/queries.ts'
import { useAsk } from '../decisions/requests.ts'
import { Button } from '../ui/button.tsx'
import { Choose } from '../ui/choose.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { useNow } from '../ui/now.ts'
import { Outcome } from '../ui/outcome.tsx'
import { Reasoned } from '../ui/reasoned.tsx'
import { lasting } from '../ui/words.ts'
import { nextStepOf } from './next-step.ts'

/** How long to open a poll for; `hand`: until a producer or its schedule closes it. */
const FOR = [
  { id: 'hand', title: 'until I close it' },
  { id: '30000', title: 'for 30 s' },
  { id: '60000', title: 'for 1 min' },
  { id: '120000', title: 'for 2 min' },
  { id: '300000', title: 'for 5 min' },
] as const
type For = (typeof FOR)[number]['id']

/** A poll's next step as the one large button, with its options beside it. */
export function StepButton({ poll, look }: { poll: StudioPoll; look: 'main' | 'quiet' }) {
  const now = useNow()
  const [openFor, setOpenFor] = useState<For>('hand')
  const path = `v1/studio/shows/${poll.show}/polls/${poll.poll}`
  const take = useChange(
    ({ step, forMs }: { step: string; forMs?: number }) =>
      call<StudioPoll>(`${path}/${step}`, {
        method: 'POST',
        ...(forMs !== undefined && { body: { forMs } }),
        ...(step === 'seal' && { timeoutMs: SLOW_MS }),
      }),
    [KEYS.show(poll.show)],
  )
  const extend = useChange(
    (closes: number) => call<StudioPoll>(path, { method: 'PATCH', body: { closes } }),
    [KEYS.show(poll.show)],
  )
  const ask = useAsk(poll.show)
  const { data: show } = useShow(poll.show)
  const isAsked = show !== undefined && takesTwo(show)
  const next = nextStepOf(poll, now)
  if (next === undefined) return null
  const { step, label, consequence, notBefore } = next
  const { closes } = poll
  // The step before may be pending still: until everything on the screen is up to date, not this poll alone.
  const isPending = take.isPending && take.variables.step === step
  return (
    <div className="step">
      <div className="row">
        {consequence === undefined ? (
          <>
            <Button
              look={look}
              size="large"
              isPending={isPending}
              onPress={() => take.mutate(openFor === 'hand' ? { step } : { step, forMs: Number(openFor) })}
            >
              {isPending ? 'Opening…' : label}
            </Button>
            <Choose label="How long" isBare value={openFor} options={FOR} onChange={setOpenFor} />
          </>
        ) : isAsked && step === 'seal' ? (
          <Reasoned
            label={notBefore === undefined ? 'Ask to seal' : `Ask to seal in ${lasting(notBefore - now)}`}
            consequence={`${consequence} It is done when somebody else approves it.`}
            look={look}
            size="large"
            isPending={ask.isPending}
            isDisabled={notBefore !== undefined}
            onConfirm={(reason) => ask.mutate({ action: 'seal', poll: poll.poll, reason })}
          />
        ) : (
          <Confirm
            key={step}
            label={notBefore === undefined ? label : `${label} in ${lasting(notBefore - now)}`}
            consequence={consequence}
            confirmLabel={label}
            look={look}
            size="large"
            isIrreversible={step !== 'reveal'}
            isPending={isPending}
            isDisabled={notBefore !== undefined}
            onConfirm={() => take.mutate({ step })}
          />
        )}
        {step === 'close' && closes !== undefined && (
          <Button size="large" isPending={extend.isPending} onPress={() => extend.mutate(closes + 30_000)}>
            +30 s
          </Button>
        )}
      </div>
      <Outcome of={take} />
      <Outcome of={extend} />
      <Outcome of={ask} />
    </div>
  )
}
