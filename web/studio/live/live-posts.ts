import type { Post } from '../../../protocol/packets.ts'

/** Posts that the desk keeps: more than a moderator scrolls back. */
const POSTS_MAX = 200

/** Merges a packet's posts, newest first, each once. Returns `posts` itself if none is new, so that nothing is rendered again. */
export function withPosts(
  posts: readonly Post[],
  { posts: more }: { posts: readonly Post[] },
): readonly Post[] {
  const known = new Set(posts.map(({ id }) => id))
  const fresh = more.filter(({ id }) => !known.has(id))
  return fresh.length === 0 ? posts : [...posts, ...fresh].toSorted((a, b) => b.at - a.at).slice(0, POSTS_MAX)
}
