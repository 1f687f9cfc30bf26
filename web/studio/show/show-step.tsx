import { call } from '../api/call.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Outcome } from '../ui/outcome.tsx'

/** The one next step of a show's life: start, end, archive. None can be undone. */
export function ShowStep({ show }: { show: StudioShow }) {
  const { step, label, consequence } = STEPS[show.state]
  const take = useChange(
    (step: string) => call<StudioShow>(`v1/studio/shows/${show.show}/${step}`, { method: 'POST' }),
    [KEYS.show(show.show)],
  )
  if (show.archived !== undefined) return <span className="chip">Archived</span>
  return (
    <div className="show-step">
      <Confirm
        key={step}
        label={label}
        consequence={consequence}
        look={step === 'start' ? 'main' : 'quiet'}
        isIrreversible={step === 'end'}
        isPending={take.isPending && take.variables === step}
        onConfirm={() => take.mutate(step)}
      />
      <Outcome of={take} />
    </div>
  )
}

const STEPS = {
  scheduled: {
    step: 'start',
    label: 'Start the show',
    consequence: 'Viewers can react and post from now on, whatever its schedule says.',
  },
  live: {
    step: 'end',
    label: 'End the show',
    consequence: 'Viewers can send nothing any more, for good. Open polls can still be closed and sealed.',
  },
  ended: {
    step: 'archive',
    label: 'Archive',
    consequence: 'It leaves the list of shows. What happened in it stays, and can be exported.',
  },
} as const
