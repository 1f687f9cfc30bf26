/** An option of `parseArgs` with a default. */
export const textOption = (value: string) => ({ type: 'string', default: value }) as const
