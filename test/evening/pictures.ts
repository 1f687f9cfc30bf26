import { avif, lottie, moving, png, svg } from '../../services/media/worker/pictures-fixture.ts'

/** Pictures of every kind, as files that a producer has. */
export const PICTURES = [
  { name: 'art-flag.png', mimeType: 'image/png', made: () => png('#0a7') },
  { name: 'art-shirt.webp', mimeType: 'image/webp', made: () => moving('webp', { frames: 1 }) },
  { name: 'art-cup.avif', mimeType: 'image/avif', made: avif },
  {
    name: 'art-star.svg',
    mimeType: 'image/svg+xml',
    made: () => svg('<circle cx="5" cy="5" r="4" fill="#fc0"/>'),
  },
  { name: 'art-dance.json', mimeType: 'application/json', made: () => lottie() },
  { name: 'art-wave.webp', mimeType: 'image/webp', made: () => moving('webp') },
  { name: 'art-spin.gif', mimeType: 'image/gif', made: () => moving('gif') },
]
/** The title that the studio gives a sticker of such a file. */
export const titleOf = (file: string): string => file.replace(/\.\w+$/, '')
