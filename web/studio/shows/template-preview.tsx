import { StickerPicture } from '../ui/sticker-picture.tsx'
import type { Template } from './templates/template.ts'

/** What a show of this kind has when it is created. */
export function TemplatePreview({ template: { about, settings, pack, polls } }: { template: Template }) {
  const { segments = [], accent } = settings
  return (
    <section className="template" aria-label="What it has" style={{ borderColor: accent ?? 'var(--accent)' }}>
      <p>{about}.</p>
      {segments.length > 0 && (
        <p className="template-sides">
          {segments.map(({ segment, title, colour }) => (
            <span key={segment} className="side">
              <span className="swatch" style={{ background: colour ?? 'var(--muted)' }} />
              {title}
            </span>
          ))}
        </p>
      )}
      {pack !== undefined && (
        <ul className="template-stickers" aria-label="Stickers">
          {pack.stickers.map((sticker) => (
            <li key={sticker.sticker} title={sticker.title}>
              <StickerPicture sticker={sticker} />
              <span className="unseen">{sticker.title}</span>
            </li>
          ))}
        </ul>
      )}
      {polls.length > 0 && (
        <ul className="template-polls" aria-label="Polls, as drafts">
          {polls.map(({ poll, question }) => (
            <li key={poll}>{question}</li>
          ))}
        </ul>
      )}
    </section>
  )
}
