import barCss from '../bar/roar-bar.css' with { type: 'text' }
import css from './elements.css' with { type: 'text' }

/** The bar's frame and properties, for all elements alike. */
export const frameCss = `${barCss}\n${css}`
