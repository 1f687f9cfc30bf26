import { useState } from 'react'
import { Link } from 'wouter'
import { stateOf } from '../../../protocol/polls.ts'
import { codeWords } from '../../poll/code-words.ts'
import type { StudioPoll } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { useNow } from '../ui/now.ts'
import { counted, lasting, moment, number } from '../ui/words.ts'
import { usePoll } from './poll-query.ts'
import { ResultBars } from './result-bars.tsx'
import { StepButton } from './step-button.tsx'

/** A poll at the desk: its question, its counts, and the next step. @param isNext Whether it is the first of those waiting. */
export function PollCard({ poll, isNext = false }: { poll: StudioPoll; isNext?: boolean }) {
  const now = useNow()
  const [withQuarantined, setWith] = useState(poll.countQuarantined)
  const state = stateOf(poll, now)
  const { data } = usePoll({ ...poll, state })
  const tally = data?.tally
  const result = tally && (withQuarantined ? tally.withQuarantined : tally.withoutQuarantined)
  return (
    <article className="poll" data-state={state} aria-label={poll.question}>
      <header className="poll-head">
        <span className="chip" data-state={state}>
          {STATE_WORDS[state]}
          {state === 'open' && poll.closes !== undefined && (
            <time className="figure">{lasting(poll.closes - now)}</time>
          )}
        </span>
        <h3 dir="auto">{poll.question}</h3>
        {result !== undefined && (
          <span className="poll-ballots">
            <strong className="figure">{number(result.ballots)}</strong>{' '}
            {result.ballots === 1 ? 'vote' : 'votes'}
          </span>
        )}
      </header>
      {state === 'draft' && poll.opens !== undefined && (
        <p className="muted">
          Opens by itself {moment(poll.opens, now)}
          {poll.closes !== undefined && `, closes ${moment(poll.closes, now)}`}
        </p>
      )}
      {state === 'draft' ? <ChoicesLine poll={poll} /> : <ResultBars poll={poll} counts={result?.counts} />}
      {tally !== undefined && tally.quarantined !== 0 && (
        <div className="row">
          <span className="muted">{counted(tally.quarantined, 'vote')} in quarantine</span>
          <Button size="small" onPress={() => setWith(!withQuarantined)}>
            {withQuarantined ? 'Shown with them' : 'Shown without them'}
          </Button>
          <Link href={`/shows/${poll.show}/integrity`}>Decide</Link>
        </div>
      )}
      {state === 'sealed' && (
        <p className="muted">
          Certificate <code className="code">{poll.code === undefined ? '…' : codeWords(poll.code)}</code>{' '}
          <Link href={`/shows/${poll.show}/after#${poll.poll}`}>Print it</Link>
        </p>
      )}
      <StepButton poll={poll} look={state === 'draft' && !isNext ? 'quiet' : 'main'} />
    </article>
  )
}

/** While there are no votes, the choices take one line. */
const ChoicesLine = ({ poll }: { poll: StudioPoll }) => (
  <ul className="choices-line">
    {poll.choices.map(({ choice, title }) => (
      <li key={choice}>
        <bdi>{title}</bdi>
        {poll.answer?.includes(choice) && <span className="right"> ✓ right</span>}
      </li>
    ))}
  </ul>
)

export const STATE_WORDS = {
  draft: 'Draft',
  open: 'Open',
  closed: 'Closed',
  revealed: 'Revealed',
  sealed: 'Sealed',
} as const
