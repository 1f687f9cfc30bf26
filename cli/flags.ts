/** Parses a flag's whole number. @throws with one plain sentence */
export function integer(flag: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new Error(`--${flag}: "${text}" is not a whole number from ${least} to ${most}`)
  }
  return value
}

/** Parses comma-separated names. @throws for one that is not in `all` */
export function some<Name extends string>(flag: string, value: string, all: readonly Name[]): Name[] {
  const names = value.split(',')
  const unknown = names.find((name) => !all.includes(name as Name))
  if (unknown !== undefined) throw new Error(`--${flag}: "${unknown}" is not one of: ${all.join(', ')}`)
  return names as Name[]
}
