/** The building blocks of a Spark query: mostly SQL, and a few for what SQL cannot express. */
export type Relation =
  | { sql: { query: string } }
  | { read: { dataSource: { format: string; options: Record<string, string> }; isStreaming: true } }
  | { withWatermark: { input: Relation; eventTime: string; delayThreshold: string } }
  | { deduplicate: { input: Relation; columnNames: string[]; withinWatermark: boolean } }
  | { subqueryAlias: { input: Relation; alias: string } }
  | { withRelations: { root: Relation; references: Relation[] } }

export const sql = (query: string): Relation => ({ sql: { query } })

/** A streaming table from a source. */
export const readStream = (format: string, options: Record<string, string>): Relation => ({
  read: { dataSource: { format, options }, isStreaming: true },
})

/** Rows more than `delayMs` behind the newest of the column are late: dropped where there is state, and counted. */
export const withWatermark = (input: Relation, eventTime: string, delayMs: number): Relation => ({
  withWatermark: { input, eventTime, delayThreshold: `${delayMs} milliseconds` },
})

/** Drops rows that repeat the columns of an earlier one within the watermark's delay. */
export const dropRepeats = (input: Relation, columnNames: string[]): Relation => ({
  deduplicate: { input, columnNames, withinWatermark: true },
})

/** Drops rows that repeat the columns of any earlier one: they are remembered forever, so the state only grows. */
export const dropAllRepeats = (input: Relation, columnNames: string[]): Relation => ({
  deduplicate: { input, columnNames, withinWatermark: false },
})

/** SQL over unnamed relations, under the names given here. */
export const sqlOver = (query: string, named: Record<string, Relation>): Relation => ({
  withRelations: {
    root: sql(query),
    references: Object.entries(named).map(([alias, input]) => ({ subqueryAlias: { input, alias } })),
  },
})
