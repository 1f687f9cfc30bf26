import { ProgressBar } from 'react-aria-components'
import { lasting, number, whoWords } from '../ui/words.ts'
import type { Rehearsal } from './rehearsal-query.ts'

const STATES = { running: 'Playing', done: 'Played', stopped: 'Stopped', failed: 'Not played' } as const
const COLUMNS = ['sent', 'accepted', 'counted'] as const

/** Its progress, and how many taps, votes and posts were sent, accepted and counted. */
export function Progress({ of }: { of: Rehearsal }) {
  const { title, speed, state, who, elapsedMs, lengthMs, taps, votes, posts, faults, notes } = of
  const isWell = state === 'done' && faults.length === 0
  return (
    <div className="rehearsal-progress">
      <p role="status">
        <strong>{STATES[state]}</strong>: <bdi>{title}</bdi>, {speed}×, by <bdi>{whoWords(who)}</bdi>
        {isWell && <span className="good"> · all that was accepted is counted</span>}
      </p>
      <ProgressBar
        aria-label="How far it is"
        value={elapsedMs}
        maxValue={Math.max(1, lengthMs)}
        className="rehearsal-bar"
        valueLabel={`${lasting(elapsedMs)} of ${lasting(lengthMs)}`}
      >
        {({ percentage, valueText }) => (
          <>
            <span className="rehearsal-track" aria-hidden="true">
              <span style={{ inlineSize: `${percentage}%` }} />
            </span>
            <span className="figure">{valueText}</span>
          </>
        )}
      </ProgressBar>
      <table className="rehearsal-counts">
        <thead>
          <tr>
            <td />
            {COLUMNS.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Counts name="Taps" sent={taps.sent} accepted={taps.accepted} counted={taps.counted} />
          <Counts
            name="Votes"
            sent={votes.sent}
            accepted={votes.accepted}
            // Known once all polls are over.
            {...(state !== 'running' && { counted: votes.counted })}
          />
          <Counts name="Posts" sent={posts.sent} accepted={posts.accepted} />
        </tbody>
      </table>
      {faults.map((fault) => (
        <p key={fault} className="fault">
          {fault}
        </p>
      ))}
      {notes.map((note) => (
        <p key={note} className="muted">
          {note}
        </p>
      ))}
    </div>
  )
}

const Counts = ({
  name,
  sent,
  accepted,
  counted,
}: {
  name: string
  sent: number
  accepted: number
  counted?: number
}) => (
  <tr>
    <th scope="row">{name}</th>
    {[sent, accepted, counted].map((value, column) => (
      <td key={COLUMNS[column]} className="figure">
        {value === undefined ? '–' : number(value)}
      </td>
    ))}
  </tr>
)
