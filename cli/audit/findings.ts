/** A difference. `partition` and `offset` are its place in the log, `position` its place in the certificate. */
export interface Finding {
  what: 'changed' | 'dropped' | 'added' | 'moved' | 'unreadable' | 'differs'
  detail: string
  ballot?: string
  partition?: number
  offset?: number
  position?: number
}

/** Findings beyond this are only counted: a log with nothing right in it has millions. */
const FINDINGS_MAX = 10_000

/** The findings of an audit: the first ones in full, the rest as a number. */
export class Findings {
  readonly named: Finding[] = []
  unnamed = 0

  push(finding: Finding): void {
    if (this.named.length < FINDINGS_MAX) this.named.push(finding)
    else this.unnamed++
  }

  get count(): number {
    return this.named.length + this.unnamed
  }

  /** Adds a finding for every number in a range. */
  pushEach(from: number, to: number, findingOf: (n: number) => Finding): void {
    const named = Math.min(to - from, FINDINGS_MAX - this.named.length)
    for (let n = from; n < from + named; n++) this.named.push(findingOf(n))
    this.unnamed += to - from - named
  }
}
