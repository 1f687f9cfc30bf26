import type { Show } from '../protocol/show.ts'
import { AWAY, HOME } from './match.ts'

/** The show that exists after the first start. Its stage plays the script of `match.ts`. */
export const DEMO_SHOW: Show = {
  show: 'final',
  title: `${HOME.name} v ${AWAY.name}`,
  accent: '#ffb03a',
  stickers: [
    { sticker: 'heart', title: 'Heart', emoji: '❤️' },
    { sticker: 'six', title: 'Six!', image: '/stickers/six.svg' },
    { sticker: 'four', title: 'Four!', image: '/stickers/four.svg' },
    { sticker: 'wicket', title: 'Wicket!', image: '/stickers/wicket.svg' },
    { sticker: 'clap', title: 'Applause', emoji: '👏' },
    { sticker: 'fire', title: 'Fire', emoji: '🔥' },
    { sticker: 'wow', title: 'Wow', emoji: '😮' },
    { sticker: 'cup', title: 'The cup', image: '/stickers/cup.svg' },
  ],
  segments: [
    { segment: 'home', title: HOME.name, colour: '#ff9a2e' },
    { segment: 'away', title: AWAY.name, colour: '#4f8dff' },
  ],
  language: 'en',
  sides: ['home', 'away'],
  packs: ['classic'],
  bar: ['heart', 'six', 'four', 'wicket', 'clap', 'fire', 'wow', 'cup'],
  version: 1,
}
