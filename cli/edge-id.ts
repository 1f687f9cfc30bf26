import { newEdgeId } from '../services/edge/relay.ts'

/** This process's id in a tree of edges: used by its own edge and towards its upstream. */
export const EDGE_ID = newEdgeId()
