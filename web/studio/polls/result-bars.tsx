import { ownOf } from '../../../protocol/ids.ts'
import type { StudioPoll } from '../api/queries.ts'
import { number, share } from '../ui/words.ts'

/** The choices with their counts, as bars of the whole. Without counts only the choices. */
export function ResultBars({
  poll,
  counts,
}: {
  poll: Pick<StudioPoll, 'choices' | 'answer'>
  counts: Record<string, number> | undefined
}) {
  const whole = Object.values(counts ?? {}).reduce((sum, count) => sum + Math.max(0, count), 0)
  const most = Math.max(1, ...Object.values(counts ?? {}))
  return (
    <ol className="bars">
      {poll.choices.map(({ choice, title }) => {
        const count = Math.max(0, ownOf(counts, choice) ?? 0)
        return (
          <li key={choice} className="bar" data-leads={whole > 0 && count === most}>
            <span className="bar-title">
              <bdi>{title}</bdi>
              {poll.answer?.includes(choice) && <span className="right"> ✓ right</span>}
            </span>
            {counts !== undefined && (
              <>
                <span className="bar-count figure">{number(count)}</span>
                <span className="bar-share figure">{share(count, whole)}</span>
                <span className="bar-track" aria-hidden="true">
                  <span
                    className="bar-fill"
                    style={{ width: `${whole === 0 ? 0 : (100 * count) / whole}%` }}
                  />
                </span>
              </>
            )}
          </li>
        )
      })}
    </ol>
  )
}
