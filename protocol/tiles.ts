/** Hashes, or entries, of a full tile (C2SP tlog-tiles). */
export const TILE_WIDTH = 256
/** Enough for a tree of 2^53 leaves. */
const LEVEL_MAX = 6

/** A tile of hashes by its level, of entries (leaves' texts), or of public ballots. */
export interface Tile {
  kind: number | 'entries' | 'ballots'
  index: number
  /** How many of the tile's items are requested; a full tile has 256. */
  width: number
}

/**
 * Parses a path after `tile/`: `0/x001/067`, `entries/000.p/8`. The index is in groups of three digits; `.p` gives the width of a
 * partial tile. undefined for any other path.
 */
export function readTilePath(path: string): Tile | undefined {
  const [, kind, groups, last, width] =
    /^(\d|entries|ballots)\/((?:x\d{3}\/)*)(\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path) ?? []
  if (kind === undefined || Number(width) >= TILE_WIDTH || Number(kind) > LEVEL_MAX) return undefined
  const tile = {
    kind: kind === 'entries' || kind === 'ballots' ? kind : Number(kind),
    index: Number(`${groups!.replaceAll(/[x/]/g, '')}${last}`),
    width: width === undefined ? TILE_WIDTH : Number(width),
  } as const
  // Each tile has exactly one path, so that a cache stores it once.
  return Number.isSafeInteger(tile.index) && tilePath(tile) === path ? tile : undefined
}

export function tilePath({ kind, index, width }: Tile): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)!
  const path = groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/')
  return `${kind}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

/** How many items of a tile a tree has: 0 if it has no such tile. */
export function widthOf({ kind, index }: Pick<Tile, 'kind' | 'index'>, leaves: number): number {
  const level = typeof kind === 'number' ? kind : 0
  const hashes = Math.floor(leaves / TILE_WIDTH ** level)
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH))
}
