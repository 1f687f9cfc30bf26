/** A certificate's code in two halves, for comparing by eye and aloud: the same on every screen and on paper. */
export const codeWords = (code: string): string => `${code.slice(0, 4)} ${code.slice(4)}`.toUpperCase()
