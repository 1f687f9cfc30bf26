import type { Edge } from '../../services/edge/edge.ts'

/** What an edge provides to other parts. */
export interface EdgeThing {
  edge: Edge
  /** Port of MQTT over TCP, if enabled. */
  mqttPort?: number
  /** While another process publishes, it accepts no viewers and gets no traffic. */
  standBy(waits: boolean): void
}
