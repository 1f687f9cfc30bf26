/** Where the file is: beside the source, or in the one file of a build. */
declare module '*.proto' {
  const path: string
  export default path
}
