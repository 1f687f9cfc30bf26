import measured from './costs.json'

export interface Cost {
  value: number
  unit: string
  /** The bench that measured it, or what it follows from. */
  source: string
}

export type CostName = keyof typeof measured

/** The measured cost of each action: `costs.json`, written by `npm run bench plan -- --save`. */
export const COSTS: Readonly<Record<CostName, Cost>> = measured
