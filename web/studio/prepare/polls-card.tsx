import { useState } from 'react'
import { type StudioPoll, type StudioShow, usePolls } from '../api/queries.ts'
import { STATE_WORDS } from '../polls/poll-card.tsx'
import { Button } from '../ui/button.tsx'
import { useNow } from '../ui/now.ts'
import { moment } from '../ui/words.ts'
import { NightLine } from './night-line.tsx'
import { PollEditor } from './poll-editor.tsx'

/** The polls of the night, on a time line and as a list. */
export function PollsCard({ show }: { show: StudioShow }) {
  const { data: polls = [] } = usePolls(show.show)
  const [editing, setEditing] = useState<{ poll?: StudioPoll } | undefined>()
  const now = useNow(10_000)
  return (
    <section className="card stack" id="polls" aria-label="Polls">
      <header className="row">
        <h2>Polls</h2>
        <span className="gap" />
        <Button look="main" onPress={() => setEditing({})}>
          New poll
        </Button>
      </header>
      <NightLine show={show} polls={polls} />
      {polls.length === 0 && <p className="empty">None yet.</p>}
      <ul className="poll-list">
        {polls.map((poll) => (
          <li key={poll.poll} className="poll-row">
            <span className="chip" data-state={poll.state}>
              {STATE_WORDS[poll.state]}
            </span>
            <span dir="auto" className="poll-question">
              {poll.question}
            </span>
            <span className="muted">{poll.opens === undefined ? 'by hand' : moment(poll.opens, now)}</span>
            <Button
              size="small"
              aria-label={`${poll.state === 'draft' ? 'Change' : 'Like this one'}: ${poll.question}`}
              onPress={() => setEditing({ poll })}
            >
              {poll.state === 'draft' ? 'Change' : 'Like this one'}
            </Button>
          </li>
        ))}
      </ul>
      {editing !== undefined && (
        <PollEditor show={show} polls={polls} {...editing} onClose={() => setEditing(undefined)} />
      )}
    </section>
  )
}
