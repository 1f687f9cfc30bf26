import type { DecisionRequest } from '../../../protocol/decisions.ts'
import { call, SLOW_MS } from '../api/call.ts'
import { KEYS, useChange, usePolls } from '../api/queries.ts'
import { useMay, useSession } from '../session/session.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { clock } from '../ui/words.ts'
import { requestWords } from './request-words.ts'
import { useRequests } from './requests.ts'

/** Requests that wait for a second person: who asked, when, why, and the answer. Hidden if there are none. */
export function Waiting({ show }: { show: string }) {
  const { data = [] } = useRequests(show)
  if (data.length === 0) return null
  return (
    <section className="card stack waiting" aria-label="Waiting for a second person">
      <h2>Waiting for a second person</h2>
      {data.map((request) => (
        <Row key={request.request} request={request} />
      ))}
    </section>
  )
}

function Row({ request }: { request: DecisionRequest }) {
  const { show, poll, by, at, expires, reason } = request
  const { person: me } = useSession()
  const mayAnswer = useMay('producer', show)
  const { data: polls } = usePolls(show)
  const answer = useChange(
    (how: 'approve' | 'decline') =>
      call(`v1/studio/shows/${show}/requests/${request.request}/${how}`, {
        method: 'POST',
        timeoutMs: SLOW_MS,
      }),
    [KEYS.show(show)],
  )
  const isMine = me?.person === by.person
  const question = polls?.find((each) => each.poll === poll)?.question ?? poll
  return (
    <article className="stack" aria-label={`${by.name} asks`}>
      <p>
        <bdi>{by.name}</bdi> asks to {requestWords(request)}
        {poll !== '' && (
          <>
            {' '}
            in <b dir="auto">{question}</b>
          </>
        )}
        : <q dir="auto">{reason}</q>
      </p>
      <p className="muted">
        Asked at {clock(at)}, until {clock(expires)}.
      </p>
      {mayAnswer && (
        <div className="row">
          {isMine ? (
            <span className="muted">Somebody else approves it.</span>
          ) : (
            <Confirm
              label="Approve"
              look="main"
              consequence={`You and ${by.name} ${requestWords(request)}, and the log names both. It is done at once.`}
              isIrreversible={request.action === 'seal'}
              isPending={answer.isPending}
              isDisabled={me!.person === undefined}
              onConfirm={() => answer.mutate('approve')}
            />
          )}
          <Button isPending={answer.isPending} onPress={() => answer.mutate('decline')}>
            {isMine ? 'Take back' : 'Decline'}
          </Button>
        </div>
      )}
      <Outcome of={answer} />
    </article>
  )
}
