import type { MqttVersion } from '../../protocol/mqtt/wire.ts'

export type TransportKind = 'websocket' | 'tcp' | 'events'
type MqttTransportKind = Exclude<TransportKind, 'events'>

/** What an edge has done since its start, as plain numbers. `connections` is the current number. */
export interface EdgeCounters {
  connections: Record<MqttTransportKind, { connecting: number; v4: number; v5: number }> & { events: number }
  /** Files that those connections take now, beyond one each. */
  extraFiles: number
  /** Sockets whose connection has ended, and that stay open for their peers to read the rest: each takes a file. */
  endingFiles: number
  /** Open sockets of MQTT's own ports, also those whose connection has not begun or has ended. */
  tcpSockets: number
  /** Messages from PubSub, and those dropped: not one of our topics, or over the limit. */
  messages: number
  messagesDropped: number
  /** Retained messages without news: the same value again, an older one, or one whose time is far ahead. */
  messagesRepeated: number
  messagesOlder: number
  messagesAhead: number
  /** Packets handed to sockets, and those skipped for slow or small ones. */
  deliveries: number
  skipped: number
  /** Connections cut because they did not read their packets in time. */
  cutSlow: number
  /** Viewers redirected to another edge. */
  moved: number
  /** Connections, requests and filters refused, by a closed set of reasons. */
  refused: Record<string, number>
  bytesIn: number
  bytesOut: number
}

export const zeroCounters = (): EdgeCounters => ({
  connections: {
    websocket: { connecting: 0, v4: 0, v5: 0 },
    tcp: { connecting: 0, v4: 0, v5: 0 },
    events: 0,
  },
  extraFiles: 0,
  endingFiles: 0,
  tcpSockets: 0,
  messages: 0,
  messagesDropped: 0,
  messagesRepeated: 0,
  messagesOlder: 0,
  messagesAhead: 0,
  deliveries: 0,
  skipped: 0,
  cutSlow: 0,
  moved: 0,
  refused: {},
  bytesIn: 0,
  bytesOut: 0,
})

/** Counts a session, before or after its version is known. */
export function countSession(
  counters: EdgeCounters,
  { kind, files = 1 }: { kind: TransportKind; files?: number | undefined },
  version: MqttVersion | undefined,
  change: 1 | -1,
): void {
  const { connections } = counters
  counters.extraFiles += change * (files - 1)
  if (kind === 'events') connections.events += change
  else connections[kind][version === undefined ? 'connecting' : version === 4 ? 'v4' : 'v5'] += change
}

export function countRefused(counters: EdgeCounters, reason: string): void {
  counters.refused[reason] = (counters.refused[reason] ?? 0) + 1
}
