import { ID_LENGTH_MAX } from '../../../protocol/ids.ts'

/** An id from a title: `Final · Österreich v Kites` gives `final-osterreich-v-kites`. Empty if nothing is left. */
export const slugOf = (title: string): string =>
  title
    .normalize('NFKD')
    .replaceAll('ß', 'ss')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, ID_LENGTH_MAX)
    .replaceAll(/^-+|-+$/g, '')
