import { type StudioShow, usePolls } from '../api/queries.ts'
import { CertificateCard } from './certificate-card.tsx'

/** The sealed results, each with its certificate. */
export function Certificates({ show }: { show: StudioShow }) {
  const { data = [] } = usePolls(show.show)
  const sealed = data.filter(({ state }) => state === 'sealed')
  return (
    <section className="certificates" aria-label="Certificates">
      <h2>Certificates</h2>
      {sealed.length === 0 && <p className="empty">No poll is sealed yet.</p>}
      {sealed.map((poll) => (
        <CertificateCard key={poll.poll} poll={poll} show={show} />
      ))}
    </section>
  )
}
