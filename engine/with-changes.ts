/** A document with changes, in which `null` removes an optional field. */
export const withChanges = <Document extends object>(document: Document, changes: object): Document =>
  Object.fromEntries(
    Object.entries({ ...document, ...changes }).filter(([, value]) => value !== null && value !== undefined),
  ) as Document
