import type { Message } from './message.ts'

/** English texts of the sticker browser, loaded with it. */
export const enStickers = {
  stickerClose: 'Close',
  stickerFavourite: 'Favourite',
  stickerMine: 'My bar',
  stickerReact: 'React',
  stickersCategories: 'Categories',
  stickersCount: { one: '{n} sticker', other: '{n} stickers' },
  stickersFavourites: 'Favourites',
  stickersFound: 'Found',
  stickersNone: 'No sticker for “{query}”',
  stickersRecent: 'Recent',
  stickersSearch: 'Search stickers',
} satisfies Record<string, Message>
