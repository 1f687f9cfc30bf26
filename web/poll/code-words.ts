/** A certificate's code as people compare it, by eye and aloud, in two halves: the same on every screen and on paper. */
export const codeWords = (code: string): string => `${code.slice(0, 4)} ${code.slice(4)}`.toUpperCase()
