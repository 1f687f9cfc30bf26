import { useNow } from '../ui/now.ts'
import { ShownOnce } from '../ui/shown-once.tsx'
import { relative } from '../ui/words.ts'

export interface Link {
  link: string
  expires: number
}

/** A link to set a password. */
export function OneTimeLink({ link, expires }: Link) {
  const now = useNow(60_000)
  return (
    <ShownOnce what="the link" value={link}>
      Send them this link. It is good once, ends {relative(expires, now)}, and is not shown again.
    </ShownOnce>
  )
}
