/** Something that is not as it must be. `partition` and `offset` are the place in the log, `position` is the place in the certificate. */
export interface Finding {
  what: 'changed' | 'dropped' | 'added' | 'moved' | 'unreadable' | 'differs'
  detail: string
  ballot?: string
  partition?: number
  offset?: number
  position?: number
}

/** More findings are only counted: a log of which nothing is as it was has millions. */
const FINDINGS_MAX = 10_000

/** What an audit found: the first of it by name, the others by number. */
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

  /** Something is wrong from one number up to another. */
  pushEach(from: number, to: number, findingOf: (n: number) => Finding): void {
    const named = Math.min(to - from, FINDINGS_MAX - this.named.length)
    for (let n = from; n < from + named; n++) this.named.push(findingOf(n))
    this.unnamed += to - from - named
  }
}
