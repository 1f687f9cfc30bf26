/** The list with `ids` moved in front of `before`, in their order, each once. @param before Absent: at the end. */
export function moved(list: readonly string[], ids: readonly string[], before?: string): string[] {
  const rest = list.filter((id) => !ids.includes(id))
  // Dropped in front of a sticker that moves too: where that one was.
  const anchor =
    before !== undefined && ids.includes(before)
      ? list.slice(list.indexOf(before)).find((id) => !ids.includes(id))
      : before
  const at = anchor === undefined ? rest.length : rest.indexOf(anchor)
  return rest.toSpliced(at === -1 ? rest.length : at, 0, ...ids)
}
