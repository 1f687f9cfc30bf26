import { memo } from 'react'
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import type { Post } from '../../../protocol/packets.ts'
import { call } from '../api/call.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { StickerPicture } from '../ui/sticker-picture.tsx'
import { clockWithSeconds } from '../ui/words.ts'

const MUTES = [
  { id: '600000', title: 'for 10 minutes' },
  { id: '3600000', title: 'for an hour' },
  { id: 'show', title: 'for the show' },
]

/** One post and what may be done about it. Removing is taken back by the same button. */
export const PostRow = memo(function PostRow({
  post,
  show,
  isMuted,
}: {
  post: Post
  show: StudioShow
  isMuted: boolean
}) {
  const path = `v1/studio/shows/${show.show}`
  const remove = useChange(
    (isBack: boolean) =>
      isBack
        ? call(`${path}/posts/${post.id}/release`, { method: 'POST' })
        : call(`${path}/posts/${post.id}`, { method: 'DELETE' }),
    [KEYS.show(show.show)],
  )
  const mute = useChange(
    (forMs: string | undefined) =>
      forMs === undefined
        ? call(`${path}/viewers/${post.viewer}/mute`, { method: 'DELETE' })
        : call(`${path}/viewers/${post.viewer}/mute`, {
            method: 'POST',
            body: forMs === 'show' ? {} : { forMs: Number(forMs) },
          }),
    [KEYS.show(show.show)],
  )
  const isRemoved = remove.isPending
    ? remove.variables === false
    : (show.removedPosts?.includes(post.id) ?? false)
  const sticker = show.stickers.find((known) => known.sticker === post.sticker)
  return (
    <li className="post" data-removed={isRemoved}>
      <span className="post-sticker" aria-hidden="true">
        {sticker && <StickerPicture sticker={sticker} />}
      </span>
      <div className="post-words">
        <span className="post-name">
          <bdi>{post.name}</bdi> <time className="muted figure">{clockWithSeconds(post.at)}</time>
          {isMuted && <span className="chip">muted</span>}
        </span>
        <span className="post-text" dir="auto">
          {post.text ?? sticker?.title}
        </span>
        <Outcome of={remove} />
        <Outcome of={mute} />
      </div>
      <Button
        size="small"
        aria-label={isRemoved ? `Show again the post of ${post.name}` : `Remove the post of ${post.name}`}
        isPending={remove.isPending}
        onPress={() => remove.mutate(isRemoved)}
      >
        {isRemoved ? 'Show again' : 'Remove'}
      </Button>
      {isMuted ? (
        <Button size="small" isPending={mute.isPending} onPress={() => mute.mutate(undefined)}>
          Unmute
        </Button>
      ) : (
        <MenuTrigger>
          <AriaButton className="button" data-size="small" aria-label={`Mute ${post.name}`}>
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
    </li>
  )
})
