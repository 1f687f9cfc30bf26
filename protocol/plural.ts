/** A number with its noun: `1 ballot`, `2 ballots`. @param text The number as printed. Default: its plain digits. */
export const plural = (count: number, noun: string, text = String(count)): string =>
  `${text} ${count === 1 ? noun : `${noun}s`}`
