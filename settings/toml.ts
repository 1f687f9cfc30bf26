/** How much text is parsed again to find a fault's line; beyond this the line is left out. */
const SEARCH_BYTES_MAX = 4_000_000

/** Parses TOML. @throws Error with the line, which Bun's own parser does not tell */
export function parseToml(text: string): Record<string, unknown> {
  try {
    return Bun.TOML.parse(text) as Record<string, unknown>
  } catch (cause) {
    // Without the value that has no quotes: it may be a secret.
    const reason = (cause as Error).message
      .replace(/^TOML Parse error: /, '')
      .replace(/^(Strings must be quoted): .*/s, '$1')
    const line = faultyLine(text)
    throw new Error(line === undefined ? `it is not TOML: ${reason}` : `line ${line}: ${reason}`, { cause })
  }
}

/** The first line after the longest beginning that is valid, so of a value over several lines its first. */
function faultyLine(text: string): number | undefined {
  const lines = text.split('\n')
  let bytes = 0
  for (let end = lines.length; end > 0; end--) {
    if (end < lines.length && isBlank(lines[end]!)) continue
    const beginning = `${lines.slice(0, end).join('\n')}\n`
    if (isToml(beginning)) return end + 1 + lines.slice(end).findIndex((line) => !isBlank(line))
    bytes += beginning.length
    if (bytes > SEARCH_BYTES_MAX) return undefined
  }
  return 1 + lines.findIndex((line) => !isBlank(line))
}

/** Where a line has nothing, the text before it is as valid with it as without. */
const isBlank = (line: string): boolean => /^\s*(#|$)/.test(line)

function isToml(text: string): boolean {
  try {
    Bun.TOML.parse(text)
    return true
  } catch {
    return false
  }
}
