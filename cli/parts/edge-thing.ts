import type { Edge } from '../../services/edge/edge.ts'

/** What other parts have from an edge. */
export interface EdgeThing {
  edge: Edge
  /** Port of MQTT over TCP, where it was asked for. */
  mqttPort?: number
  /** While another process has what is new, it takes no viewers and gets no traffic. */
  standBy(waits: boolean): void
}
