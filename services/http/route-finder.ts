/** Segments of a path; of a route in the form of `/v1/shows/:show`, where `*` at the end is any rest. */
type Segments = readonly string[]

/**
 * Which of some routes a target is for, by its form alone; undefined: none of them.
 * It looks only at routes of as many segments, and a flood asks for one target again and again: that is remembered.
 * @param prefix A path that may be before each of them, such as `/live`; '': none.
 */
export function routeFinder(
  routes: readonly string[],
  prefix: string,
): (target: string) => string | undefined {
  const byLength = Map.groupBy(
    // A name in the path is meant before a parameter in its place.
    routes.map((route) => ({ route, segments: route.split('/') })).toSorted((a, b) => loose(a) - loose(b)),
    ({ segments }) => segments.length,
  )
  const open = routes.filter((route) => route.endsWith('/*'))
  const find = (path: string): string | undefined => {
    const segments = path.split('/')
    const found = byLength.get(segments.length)?.find((one) => fits(one.segments, segments))
    return found?.route ?? open.find((route) => path.startsWith(route.slice(0, -1)))
  }
  let lastTarget = ''
  let last: string | undefined
  return (target) => {
    if (target === lastTarget) return last
    const [path = ''] = target.split('?', 1)
    last =
      find(path) ??
      (prefix !== '' && path.startsWith(`${prefix}/`) ? find(path.slice(prefix.length)) : undefined)
    lastTarget = target
    return last
  }
}

const loose = ({ segments }: { segments: Segments }): number => segments.filter(isParameter).length

const isParameter = (segment: string): boolean => segment.startsWith(':')

const fits = (route: Segments, path: Segments): boolean =>
  route.every((segment, at) => (isParameter(segment) ? path[at] !== '' : segment === path[at]))
