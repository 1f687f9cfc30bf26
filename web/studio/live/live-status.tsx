import { useLivePart } from './live-provider.tsx'

/** Whether the show's moments come in, in words: whoever looks at a figure has to know that it is of now. */
export function LiveStatus() {
  const status = useLivePart((live) => live.status)
  const words =
    status.state === 'live'
      ? 'Live'
      : status.state === 'polling'
        ? 'Live, a few seconds behind'
        : status.state === 'paused'
          ? 'Paused'
          : status.state === 'connecting'
            ? 'Connecting…'
            : 'Not live: connecting again. What you press still works.'
  const look = status.state === 'live' || status.state === 'polling' ? 'well' : 'waiting'
  return (
    <span className="connection" data-state={look} data-live={status.state} role="status">
      <span className="dot" aria-hidden="true" />
      {words}
    </span>
  )
}
