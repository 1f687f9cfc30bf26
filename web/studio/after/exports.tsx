import { useMutation } from '@tanstack/react-query'
import { download } from '../api/call.ts'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'

const FORMATS = [
  { format: 'csv', title: 'CSV', about: 'for a spreadsheet' },
  { format: 'json', title: 'JSON', about: 'for a program' },
  { format: 'parquet', title: 'Parquet', about: 'for a data warehouse' },
] as const

/** The mood of each second, the results and the log, to download. */
export function Exports({ show }: { show: string }) {
  const take = useMutation({
    mutationFn: async (format: string) => {
      const file = await download(`v1/studio/shows/${show}/export.${format}`)
      save(file, `${show}.${format}`)
    },
  })
  return (
    <section className="card stack" aria-label="Export">
      <h2>Export</h2>
      <p className="muted">
        The mood of each second by side and sticker, the results of the polls, and the log.
      </p>
      <div className="row">
        {FORMATS.map(({ format, title, about }) => (
          <Button
            key={format}
            isPending={take.isPending && take.variables === format}
            onPress={() => take.mutate(format)}
          >
            {title} <span className="muted">{about}</span>
          </Button>
        ))}
      </div>
      <Fault cause={take.error} />
    </section>
  )
}

function save(file: Blob, name: string): void {
  const href = URL.createObjectURL(file)
  const link = Object.assign(document.createElement('a'), { href, download: name })
  link.click()
  // Some browsers read it only after the press.
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
}
