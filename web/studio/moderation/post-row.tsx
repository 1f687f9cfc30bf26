import { memo } from 'react'
import type { Post } from '../../../protocol/packets.ts'
import { call } from '../api/call.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { StickerPicture } from '../ui/sticker-picture.tsx'
import { clockWithSeconds } from '../ui/words.ts'
import { MuteButton } from './mute-button.tsx'

/** One post with its actions. The same button undoes a removal or a pin. */
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
  const pin = useChange(
    (isBack: boolean) =>
      isBack
        ? call(`${path}/pin`, { method: 'DELETE' })
        : call(`${path}/pin`, { method: 'PUT', body: { post: post.id } }),
    [KEYS.show(show.show)],
  )
  const isRemoved = remove.isPending
    ? remove.variables === false
    : (show.removedPosts?.includes(post.id) ?? false)
  const isPinned = show.pinned?.id === post.id
  const sticker = show.stickers.find((known) => known.sticker === post.sticker)
  return (
    <li className="post" data-removed={isRemoved}>
      <span className="post-sticker" aria-hidden="true">
        {sticker && <StickerPicture sticker={sticker} />}
      </span>
      <div className="post-words">
        <span className="post-name">
          <bdi>{post.name}</bdi>{' '}
          {post.replyName && (
            <span className="muted">
              → <bdi>{post.replyName}</bdi>
            </span>
          )}{' '}
          <time className="muted figure">{clockWithSeconds(post.at)}</time>
          {isMuted && <span className="chip">muted</span>}
          {isPinned && <span className="chip good">pinned</span>}
        </span>
        <span className="post-text" dir="auto">
          {post.text ?? sticker?.title}
        </span>
        <Outcome of={remove} />
        <Outcome of={pin} />
      </div>
      <div className="post-acts">
        {!isRemoved && (
          <Button
            size="small"
            aria-label={isPinned ? `Unpin the post of ${post.name}` : `Pin the post of ${post.name}`}
            isPending={pin.isPending && pin.variables === isPinned}
            onPress={() => pin.mutate(isPinned)}
          >
            {isPinned ? 'Unpin' : 'Pin'}
          </Button>
        )}
        <Button
          size="small"
          aria-label={isRemoved ? `Show again the post of ${post.name}` : `Remove the post of ${post.name}`}
          isPending={remove.isPending}
          onPress={() => remove.mutate(isRemoved)}
        >
          {isRemoved ? 'Show again' : 'Remove'}
        </Button>
        <MuteButton show={show.show} viewer={post.viewer} name={post.name} isMuted={isMuted} />
      </div>
    </li>
  )
})
