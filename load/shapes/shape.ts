export type Weights = readonly (readonly [id: string, weight: number])[]

/** What the crowd does during a run. `place`: 0 is the start of the run, 1 its end. */
export interface Shape {
  /** Tap intensity at this place; only ratios matter. */
  intensityAt(place: number): number
  /** Weights of stickers. Those that the show lacks are left out. */
  stickersAt(place: number): Weights
  /** Weights of segments; the empty string is a viewer without one. */
  segmentsAt(place: number): Weights
  /** Places at which all viewers lose their connection and reconnect at once. */
  storms: readonly number[]
}

/** The stickers and segments that a shape may use. */
export interface Cast {
  stickers: readonly string[]
  segments: readonly string[]
}
