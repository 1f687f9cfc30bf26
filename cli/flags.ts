/** A whole number given as a flag. Throws one plain sentence. */
export function integer(flag: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new Error(`--${flag} ${text}: give a whole number from ${least} to ${most}`)
  }
  return value
}
