export type { Roar, RoarEvents } from '../connect.ts'
export { type InStepOptions, inStep } from './in-step.ts'
export { type Player, programmeTime } from './programme-time.ts'
