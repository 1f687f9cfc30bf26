/** Bun reads it when it is imported, and a bundle holds it. */
declare module '*.toml' {
  const document: unknown
  export default document
}
