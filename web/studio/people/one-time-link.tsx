import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { useNow } from '../ui/now.ts'
import { relative } from '../ui/words.ts'

export interface Link {
  link: string
  expires: number
}

/** A link by which somebody sets a password. The server shows it once, so it is copied here or never. */
export function OneTimeLink({ link, expires }: Link) {
  const [copied, setCopied] = useState(false)
  const now = useNow(60_000)
  return (
    <div className="stack">
      <p>Send them this link. It is good once, ends {relative(expires, now)}, and is not shown again.</p>
      <output className="link">{link}</output>
      <div className="row">
        <Button look="main" onPress={() => navigator.clipboard.writeText(link).then(() => setCopied(true))}>
          {copied ? 'Copied' : 'Copy the link'}
        </Button>
      </div>
    </div>
  )
}
