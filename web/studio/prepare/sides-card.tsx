import { settingsOf } from '../../../engine/shows/life.ts'
import { SIDES_MAX } from '../../../protocol/limits.ts'
import type { Segment } from '../../../protocol/show.ts'
import type { StudioShow } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { slugOf } from '../ui/slug.ts'
import { Toggle } from '../ui/toggle.tsx'
import { SaveBar } from './save-bar.tsx'
import { useDraft } from './use-draft.ts'

const COLOURS = ['#1d6ff2', '#d9480f', '#0d9488', '#7c3aed', '#be185d', '#4d7c0f']

/** The segments of the audience, and which are set against each other. */
export function SidesCard({ show }: { show: StudioShow }) {
  const draft = useDraft(show)
  const { segments } = draft.shown
  const { sides } = settingsOf(draft.shown)
  const change = (at: number, change: Partial<Segment>) =>
    draft.set({ segments: segments.with(at, { ...segments[at]!, ...change }) })
  return (
    <section className="card stack" aria-label="Sides and segments">
      <h2>Sides and segments</h2>
      <p className="muted">
        Who reacts together: teams, regions, languages. Up to {SIDES_MAX} stand against each other as sides.
      </p>
      <ul className="stack">
        {segments.map(({ segment, title, colour }, at) => (
          <li key={segment} className="segment-row">
            <input
              type="color"
              aria-label={`Colour of ${title}`}
              value={colour ?? '#888888'}
              onChange={({ target }) => change(at, { colour: target.value })}
            />
            <Field label={`Name of ${segment}`} value={title} onChange={(title) => change(at, { title })} />
            <Toggle
              isOn={sides.includes(segment)}
              isDisabled={!sides.includes(segment) && sides.length >= SIDES_MAX}
              onChange={(isOn) =>
                draft.set({ sides: isOn ? [...sides, segment] : sides.filter((side) => side !== segment) })
              }
            >
              Side
            </Toggle>
            <Button
              size="small"
              aria-label={`Remove ${title}`}
              onPress={() =>
                draft.set({
                  segments: segments.toSpliced(at, 1),
                  sides: sides.filter((side) => side !== segment),
                })
              }
            >
              Remove
            </Button>
          </li>
        ))}
      </ul>
      <div className="row">
        <Button onPress={() => draft.set({ segments: [...segments, newSegment(segments)] })}>
          Add a segment
        </Button>
      </div>
      <SaveBar draft={draft} />
    </section>
  )
}

function newSegment(segments: readonly Segment[]): Segment {
  for (let n = segments.length + 1; ; n++) {
    const title = `Side ${n}`
    const segment = slugOf(title)
    if (!segments.some((known) => known.segment === segment))
      return { segment, title, colour: COLOURS[(n - 1) % COLOURS.length]! }
  }
}
