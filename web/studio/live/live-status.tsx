import { useLivePart } from './live-provider.tsx'

/** Whether live data arrives, in words: a figure on a desk must be known to be current. */
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
  const look = status.over ? 'well' : 'waiting'
  return (
    <span className="connection" data-state={look} data-live={status.state} role="status">
      <span className="dot" aria-hidden="true" />
      {words}
    </span>
  )
}
