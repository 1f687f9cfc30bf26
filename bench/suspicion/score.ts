import type { Random } from '../../load/random.ts'
import { Quarantine } from '../../services/ingest/quarantine.ts'
import { CROWDS, FARMS, homes, type Labelled, PASSING } from './labelled.ts'

/** The outcome of one farm's or crowd's ballots. */
export interface Score {
  of: string
  ballots: number
  quarantined: number
}

/** A score for each origin of these ballots, which are ordered by time. */
export function scoresOf(ballots: Labelled[], threshold: number): Score[] {
  const quarantine = new Quarantine({ threshold, perSecond: 200, burst: 10_000 })
  const scores = new Map<string, Score>()
  for (const { address, issuer, sighting, of } of ballots.sort((a, b) => a.sighting.at - b.sighting.at)) {
    const score = scores.get(of) ?? { of, ballots: 0, quarantined: 0 }
    scores.set(of, score)
    score.ballots++
    if (quarantine.check({ show: 'final', poll: 'mvp' }, { address, issuer }, sighting)) score.quarantined++
  }
  return [...scores.values()]
}

export interface Report {
  /** Each farm in a poll of its own, among homes and all crowds. */
  farms: Score[]
  passing: Score[]
  /** Each crowd, over all those polls. */
  crowds: Score[]
}

/** Runs the labelled set once. @param random Uniform in [0, 1): the same numbers give the same report. */
export function report(random: Random, threshold = 0.8): Report {
  const crowds = new Map<string, Score>()
  const run = (make: (random: Random) => Labelled[], hours: number): Score => {
    const farm = make(random)
    const people = [homes(random, 6_000, hours * 60), ...Object.values(CROWDS).map((crowd) => crowd(random))]
    const scores = scoresOf([...farm, ...people.flat()], threshold)
    for (const score of scores.filter(({ of }) => of !== farm[0]!.of)) {
      const sum = crowds.get(score.of) ?? { of: score.of, ballots: 0, quarantined: 0 }
      crowds.set(score.of, sum)
      sum.ballots += score.ballots
      sum.quarantined += score.quarantined
    }
    return scores.find(({ of }) => of === farm[0]!.of)!
  }
  const runAll = (farms: typeof FARMS) => Object.values(farms).map((make) => run(make, 1))
  return { farms: runAll(FARMS), passing: runAll(PASSING), crowds: [...crowds.values()] }
}
