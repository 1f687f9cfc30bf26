import { takesTwo } from '../../../protocol/show.ts'
import type { StudioShow } from '../api/queries.ts'
import { useAsk } from '../decisions/requests.ts'
import { Outcome } from '../ui/outcome.tsx'
import { Reasoned } from '../ui/reasoned.tsx'

/** Says that results take two people, and how to end that. */
export function TwoPeople({ show }: { show: StudioShow }) {
  const ask = useAsk(show.show)
  if (!takesTwo(show)) return null
  return (
    <section className="card stack" aria-label="Two people">
      <p>
        In this show results take two people: one asks for a seal, and for what counts, and another approves
        it. A seal by schedule waits for them, too.
      </p>
      <div className="row">
        <Reasoned
          label="Ask to end this"
          consequence="From then on one person decides alone. It is done when somebody else approves it."
          isPending={ask.isPending}
          onConfirm={(reason) => ask.mutate({ action: 'one-approval', reason })}
        />
      </div>
      <Outcome of={ask} />
    </section>
  )
}
