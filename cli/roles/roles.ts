import { aggregate } from './aggregate.ts'
import { bridge } from './bridge.ts'
import { deliver } from './deliver.ts'
import { edge } from './edge.ts'
import { ingest } from './ingest.ts'
import type { Role } from './role.ts'
import { studio } from './studio.ts'
import { up } from './up.ts'

/** Every role, in the order of the data path. */
export const ROLES: readonly Role[] = [up, ingest, aggregate, deliver, edge, bridge, studio]
