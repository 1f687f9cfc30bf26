import { useMood, useRoar, useShow, useStatus } from '@roar/react'
import { createRoot } from 'react-dom/client'

/** The stickers of a show as buttons, and how many taps there were. One client for the whole component tree. */
function Reactions({ url, show }: { url: string; show: string }) {
  const roar = useRoar({ url, show })
  const status = useStatus(roar)
  const mood = useMood(roar)
  const document = useShow(roar)
  return (
    <section aria-label="Reactions">
      <p role="status">{status?.over ? `${mood?.total ?? 0} so far` : 'Connecting'}</p>
      {document?.stickers.map(({ sticker, title, emoji }) => (
        <button key={sticker} type="button" aria-label={title} onClick={() => roar?.react(sticker)}>
          {emoji ?? title}
        </button>
      ))}
    </section>
  )
}

const address = new URLSearchParams(location.search)
createRoot(document.getElementById('root')!).render(
  <Reactions url={address.get('roar') ?? 'http://localhost:7766'} show={address.get('show') ?? 'final'} />,
)
