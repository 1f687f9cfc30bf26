import { type ReactNode, useState } from 'react'
import { Button } from './button.tsx'

/** Something that the server shows once, so it must be copied here. @param what As in “Copy the link”. */
export function ShownOnce({ what, value, children }: { what: string; value: string; children: ReactNode }) {
  const [copied, setCopied] = useState(false)
  return (
    <div className="stack">
      <p>{children}</p>
      <output className="link">{value}</output>
      <div className="row">
        <Button look="main" onPress={() => navigator.clipboard.writeText(value).then(() => setCopied(true))}>
          {copied ? 'Copied' : `Copy ${what}`}
        </Button>
      </div>
    </div>
  )
}
