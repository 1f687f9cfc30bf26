import { Button as AriaButton, Dialog, DialogTrigger, Group, Popover } from 'react-aria-components'
import { DEFAULT_SWITCHES } from '../../../engine/shows/life.ts'
import { ownOf } from '../../../protocol/ids.ts'
import type { Switches as ShowSwitches } from '../../../protocol/show.ts'
import { call } from '../api/call.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { Choose } from '../ui/choose.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { StickerPicture } from '../ui/sticker-picture.tsx'
import { Toggle } from '../ui/toggle.tsx'

const FEED = [
  { id: 'on', title: 'Feed on' },
  { id: 'slow', title: 'Feed slow', about: 'Each viewer posts at most once in ten seconds' },
  { id: 'off', title: 'Feed off', about: 'Nobody sees posts' },
] as const

const TEXT = [
  { id: 'on', title: 'Texts on' },
  { id: 'held', title: 'Texts held', about: 'A moderator sees each text before anybody does' },
  { id: 'off', title: 'Texts off', about: 'Stickers go on' },
] as const

type Asked = Partial<Omit<ShowSwitches, 'stickers'>> & { stickers?: Record<string, 'on' | 'off'> }

/** Switches during a show, effective for all viewers within two seconds. The requested state is shown at once. */
export function Switches({ show }: { show: StudioShow }) {
  const change = useChange(
    (asked: Asked) =>
      call<StudioShow>(`v1/studio/shows/${show.show}/switches`, { method: 'PATCH', body: asked }),
    [KEYS.show(show.show)],
  )
  const { stickers: offNow, ...others } = show.switches ?? DEFAULT_SWITCHES
  const asked = change.isPending ? change.variables : {}
  const now = { ...others, ...asked }
  return (
    <Group className="switches" aria-label="Switches">
      <Toggle
        isOn={now.posts === 'on'}
        isPending={asked.posts !== undefined}
        onChange={(isOn) => change.mutate({ posts: isOn ? 'on' : 'off' })}
      >
        Posts
      </Toggle>
      <Choose
        label="Texts"
        isBare
        value={now.text}
        options={TEXT}
        onChange={(text) => change.mutate({ text })}
      />
      <Toggle
        isOn={now.reactions === 'on'}
        isPending={asked.reactions !== undefined}
        onChange={(isOn) => change.mutate({ reactions: isOn ? 'on' : 'sampled' })}
      >
        {now.reactions === 'on' ? 'Every reaction' : 'Reactions sampled'}
      </Toggle>
      <Choose
        label="Feed"
        isBare
        value={now.feed}
        options={FEED}
        onChange={(feed) => change.mutate({ feed })}
      />
      <DialogTrigger>
        <AriaButton className="button">
          Stickers
          {Object.keys(offNow).length > 0 && <span className="chip">{Object.keys(offNow).length} off</span>}
          <span aria-hidden="true">▾</span>
        </AriaButton>
        <Popover className="popover">
          <Dialog className="sticker-switches" aria-label="Stickers">
            {show.stickers.map((picture) => {
              const { sticker, title } = picture
              return (
                <Toggle
                  key={sticker}
                  isOn={(ownOf(asked.stickers, sticker) ?? ownOf(offNow, sticker)) !== 'off'}
                  isPending={ownOf(asked.stickers, sticker) !== undefined}
                  onChange={(isOn) => change.mutate({ stickers: { [sticker]: isOn ? 'on' : 'off' } })}
                >
                  <StickerPicture sticker={picture} /> <bdi>{title}</bdi>
                </Toggle>
              )
            })}
          </Dialog>
        </Popover>
      </DialogTrigger>
      <Outcome of={change} />
    </Group>
  )
}
