const MEMORY_MS = 60_000
const DEATHS_MAX = 5
const DELAY_FIRST_MS = 100

/**
 * The delay before something that died is restarted: 0.1 s, doubled for each death of the last minute. Undefined after five
 * deaths in a minute: another start would not help.
 * @param deathsMs Times of death, the newest (now) last.
 */
export function restartDelayMs(deathsMs: readonly number[]): number | undefined {
  const nowMs = deathsMs.at(-1) ?? 0
  const recent = deathsMs.filter((atMs) => nowMs - atMs < MEMORY_MS).length
  return recent >= DEATHS_MAX ? undefined : DELAY_FIRST_MS * 2 ** (recent - 1)
}
