import type { Message } from './message.ts'

/** What is said in English where all stickers are: it comes with them. */
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
