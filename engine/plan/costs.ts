import measured from './costs.json'

export interface Cost {
  value: number
  unit: string
  /** Which bench measured it, or what it follows from. */
  source: string
}

export type CostName = keyof typeof measured

/** What one thing takes, as it was measured: `costs.json`, written by `npm run bench plan -- --save`. */
export const COSTS: Readonly<Record<CostName, Cost>> = measured
