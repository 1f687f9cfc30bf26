import { newEdgeId } from '../services/edge/relay.ts'

/** What this process is called in a tree of edges, by its own edge and where it takes packets from. */
export const EDGE_ID = newEdgeId()
