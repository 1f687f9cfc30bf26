import { Link } from 'wouter'
import { useHeld } from './held-query.ts'

/** A notice that posts wait for a moderator, for screens that do not show them. */
export function HeldNotice({ show }: { show: string }) {
  const { data } = useHeld(show)
  const waiting = data?.posts.length ?? 0
  return waiting === 0 ? null : (
    <p className="held-notice" role="status">
      <strong className="figure">{waiting}</strong> {waiting === 1 ? 'post waits' : 'posts wait'} for a
      moderator <Link href={`/shows/${show}/moderation`}>Review</Link>
    </p>
  )
}
