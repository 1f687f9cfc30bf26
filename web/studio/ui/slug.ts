import { ID_LENGTH_MAX } from '../../../protocol/ids.ts'

/** An id of what people call something: `Final · Österreich v Kites` is `final-osterreich-v-kites`. Empty where nothing is left of it. */
export const slugOf = (title: string): string =>
  title
    .normalize('NFKD')
    .replaceAll('ß', 'ss')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, ID_LENGTH_MAX)
    .replaceAll(/^-+|-+$/g, '')
