/** The path of the file: beside the source, or within a build. */
declare module '*.proto' {
  const path: string
  export default path
}
