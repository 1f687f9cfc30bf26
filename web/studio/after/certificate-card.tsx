import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import type { Certificate } from '../../../protocol/polls.ts'
import { codeWords } from '../../poll/code-words.ts'
import { addressOf } from '../api/address.ts'
import { call } from '../api/call.ts'
import type { StudioPoll, StudioShow } from '../api/queries.ts'
import { ResultBars } from '../polls/result-bars.tsx'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'
import { number } from '../ui/words.ts'

/** With the time zone: a printed page has no other way to say whose time it is. */
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })

/** One certificate, as printed: the question, the result, and what anybody can check it with. */
export function CertificateCard({ poll, show }: { poll: StudioPoll; show: StudioShow }) {
  const card = useRef<HTMLElement>(null)
  const path = `v1/shows/${poll.show}/polls/${poll.poll}/certificate`
  const { data, error } = useQuery({
    queryKey: ['certificate', poll.show, poll.poll],
    queryFn: ({ signal }) => call<Certificate>(path, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const print = () => {
    card.current!.dataset.print = 'true'
    addEventListener('afterprint', () => delete card.current?.dataset.print, { once: true })
    window.print()
  }
  const statement = data?.statement
  return (
    <article ref={card} id={poll.poll} className="card certificate" aria-label={poll.question}>
      <p className="printed" aria-hidden="true">
        Certificate of a poll
      </p>
      <header className="poll-head">
        <h3 dir="auto">{poll.question}</h3>
        <Button size="small" onPress={print}>
          Print
        </Button>
      </header>
      <p className="muted">
        <bdi>{show.title}</bdi>
      </p>
      <Fault cause={error} />
      {statement !== undefined && (
        <>
          <ResultBars poll={poll} counts={statement.result} />
          <p className="big-code">
            <span className="muted">Short code</span>{' '}
            <code className="code">{poll.code && codeWords(poll.code)}</code>
          </p>
          <dl className="facts">
            {[...factsOf(data!), ['Published at', addressOf(path).href] as const].map(([title, value]) => (
              <div key={title} className={value.length > 40 ? 'long' : ''}>
                <dt>{title}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <p className="muted">
            Anybody can check this without trust in the server: by <code>roar verify</code>, or with a SHA-256
            and an Ed25519 of their own.
          </p>
        </>
      )}
    </article>
  )
}

function factsOf({ statement, kid, signature }: Certificate): [title: string, value: string][] {
  const { viewers, ballots, opens, closes, sealed, quarantined, late, root } = statement
  const counted = (is: boolean) => (is ? 'counted' : 'not counted')
  return [
    ['Voters', number(viewers)],
    ['Ballots in the log', number(ballots)],
    ['Opened', MOMENT.format(opens)],
    ['Closed', MOMENT.format(closes)],
    ['Sealed', MOMENT.format(sealed)],
    ['In quarantine', `${number(quarantined.viewers)}, ${counted(quarantined.counted)}`],
    ['Late', `${number(late.viewers)}, ${counted(late.counted)}`],
    ['Root of all ballots', root],
    ['Key', kid],
    ['Signature', signature],
  ]
}
