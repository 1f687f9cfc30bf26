/** A document with changes, in which `null` takes an optional field away. */
export const withChanges = <Document extends object>(document: Document, changes: object): Document =>
  Object.fromEntries(
    Object.entries({ ...document, ...changes }).filter(([, value]) => value !== null && value !== undefined),
  ) as Document
