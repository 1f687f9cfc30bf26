import { ownOf } from '../../../protocol/ids.ts'
import { takesTwo } from '../../../protocol/show.ts'
import { call } from '../api/call.ts'
import { KEYS, type StudioPoll, type StudioShow, useChange } from '../api/queries.ts'
import { useAsk } from '../decisions/requests.ts'
import { STATE_WORDS } from '../polls/poll-card.tsx'
import { usePoll } from '../polls/poll-query.ts'
import { Outcome } from '../ui/outcome.tsx'
import { Reasoned } from '../ui/reasoned.tsx'
import { counted, number, share } from '../ui/words.ts'
import { Cohorts } from './cohorts.tsx'

type Rule = Partial<Pick<StudioPoll, 'countQuarantined' | 'countLate'>>

/** One poll: both results side by side, and the decision between them. */
export function Decision({ show, poll }: { show: StudioShow; poll: StudioPoll }) {
  const { data } = usePoll(poll)
  const decide = useChange(
    (rule: Rule & { reason: string }) =>
      call<StudioPoll>(`v1/studio/shows/${poll.show}/polls/${poll.poll}`, { method: 'PATCH', body: rule }),
    [KEYS.show(poll.show)],
  )
  const ask = useAsk(poll.show)
  const isAsked = takesTwo(show)
  const change = (changes: Rule) => (reason: string) =>
    isAsked
      ? ask.mutate({ action: 'change', poll: poll.poll, changes, reason })
      : decide.mutate({ ...changes, reason })
  const until = isAsked
    ? 'It is done when somebody else approves it.'
    : 'You can change it back until the seal.'
  const labelOf = (label: string) => (isAsked ? `Ask to ${label}` : label[0]!.toUpperCase() + label.slice(1))
  if (data === undefined) return null
  const { late, quarantined, withQuarantined, withoutQuarantined } = data.tally
  const isOver = poll.state === 'sealed'
  const wholes = [withoutQuarantined, withQuarantined].map(({ counts }) =>
    Object.values(counts).reduce((sum, count) => sum + count, 0),
  )
  return (
    <article className="card decision" aria-label={poll.question}>
      <header className="poll-head">
        <span className="chip" data-state={poll.state}>
          {STATE_WORDS[poll.state]}
        </span>
        <h2 dir="auto">{poll.question}</h2>
        <span className="muted">
          {number(quarantined)} in quarantine, {number(late)} late
        </span>
      </header>
      <table>
        <thead>
          <tr>
            <th scope="col">Choice</th>
            <th scope="col" data-holds={!poll.countQuarantined}>
              Without quarantine{!poll.countQuarantined && ' ✓ counts'}
            </th>
            <th scope="col" data-holds={poll.countQuarantined}>
              With quarantine{poll.countQuarantined && ' ✓ counts'}
            </th>
          </tr>
        </thead>
        <tbody>
          {poll.choices.map(({ choice, title }) => (
            <tr key={choice}>
              <th scope="row" dir="auto">
                {title}
              </th>
              {[withoutQuarantined, withQuarantined].map(({ counts }, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: there are two, always in this order
                <td key={i} className="figure">
                  {number(ownOf(counts, choice) ?? 0)}{' '}
                  <span className="muted share">{share(ownOf(counts, choice) ?? 0, wholes[i]!)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {isOver ? (
        <p className="muted">Sealed: this is the result for good.</p>
      ) : (
        <div className="row">
          <Reasoned
            label={labelOf(poll.countQuarantined ? 'leave the quarantine out' : 'count the quarantine')}
            consequence={`The result ${poll.countQuarantined ? 'leaves out' : 'takes in'} ${counted(quarantined, 'vote')}, for everybody. ${until}`}
            isPending={decide.isPending || ask.isPending}
            isDisabled={quarantined === 0}
            onConfirm={change({ countQuarantined: !poll.countQuarantined })}
          />
          <Reasoned
            label={labelOf(poll.countLate ? 'leave late votes out' : 'count late votes')}
            consequence={`The result ${poll.countLate ? 'leaves out' : 'takes in'} ${counted(late, 'vote')}, for everybody. ${until}`}
            isPending={decide.isPending || ask.isPending}
            isDisabled={late === 0}
            onConfirm={change({ countLate: !poll.countLate })}
          />
        </div>
      )}
      <Outcome of={decide} />
      <Outcome of={ask} />
      <Cohorts poll={poll} />
    </article>
  )
}
