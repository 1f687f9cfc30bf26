/** The list with `ids` moved in front of `before`, in their order, each once. @param before Absent: at the end. */
export function moved(list: readonly string[], ids: readonly string[], before?: string): string[] {
  const rest = list.filter((id) => !ids.includes(id))
  const from = before === undefined ? -1 : list.indexOf(before)
  // Dropped in front of a sticker that moves too: where that one was.
  const anchor = from === -1 ? undefined : list.slice(from).find((id) => !ids.includes(id))
  return rest.toSpliced(anchor === undefined ? rest.length : rest.indexOf(anchor), 0, ...ids)
}
