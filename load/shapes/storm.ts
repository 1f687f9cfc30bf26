import type { Cast, Shape } from './shape.ts'
import { steady } from './steady.ts'

/** A steady crowd that loses all connections but one halfway, as when a cell or a load balancer fails. */
export const storm = (cast: Cast): Shape => ({ ...steady(cast), storms: [0.5] })
