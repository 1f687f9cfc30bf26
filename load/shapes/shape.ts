export type Weights = readonly (readonly [id: string, weight: number])[]

/** What the crowd does over a run. `place` is where in the run: 0 its start, 1 its end. */
export interface Shape {
  /** How many taps now, relative to the other places; only ratios count. */
  intensityAt(place: number): number
  /** Which stickers, by weight. Those the show does not have are left out. */
  stickersAt(place: number): Weights
  /** Which segments, by weight; the empty string is a viewer of none. */
  segmentsAt(place: number): Weights
  /** Places at which all viewers lose their connection and come back at once. */
  storms: readonly number[]
}

/** The stickers and segments that a shape may use. */
export interface Cast {
  stickers: readonly string[]
  segments: readonly string[]
}
