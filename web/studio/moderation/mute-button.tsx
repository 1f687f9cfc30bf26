import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { call } from '../api/call.ts'
import { KEYS, useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Outcome } from '../ui/outcome.tsx'

const MUTES = [
  { id: '600000', title: 'for 10 minutes' },
  { id: '3600000', title: 'for an hour' },
  { id: 'show', title: 'for the show' },
]

/** Mutes a post's author, for a time or for the show; unmutes one who is muted. */
export function MuteButton({
  show,
  viewer,
  name,
  isMuted,
}: {
  show: string
  viewer: string
  name: string
  isMuted: boolean
}) {
  const path = `v1/studio/shows/${show}/viewers/${viewer}/mute`
  const mute = useChange(
    (forMs: string | undefined) =>
      forMs === undefined
        ? call(path, { method: 'DELETE' })
        : call(path, { method: 'POST', body: forMs === 'show' ? {} : { forMs: Number(forMs) } }),
    [KEYS.show(show)],
  )
  return (
    <>
      {isMuted ? (
        <Button
          size="small"
          isPending={mute.isPending && mute.variables === undefined}
          onPress={() => mute.mutate(undefined)}
        >
          Unmute
        </Button>
      ) : (
        <MenuTrigger>
          <AriaButton className="button" data-size="small" aria-label={`Mute ${name}`}>
            Mute <span aria-hidden="true">▾</span>
          </AriaButton>
          <Popover className="popover">
            <Menu className="menu" onAction={(id) => mute.mutate(String(id))} items={MUTES}>
              {({ id, title }) => (
                <MenuItem id={id} className="menu-item">
                  {title}
                </MenuItem>
              )}
            </Menu>
          </Popover>
        </MenuTrigger>
      )}
      <Outcome of={mute} />
    </>
  )
}
