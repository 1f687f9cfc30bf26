/** Bun parses it on import; a bundle contains the result. */
declare module '*.toml' {
  const document: unknown
  export default document
}
