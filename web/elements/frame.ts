import css from './elements.css' with { type: 'text' }
import barCss from './roar-bar.css' with { type: 'text' }

/** The styles of the bar's frame and properties, shared by all elements. */
export const frameCss = `${barCss}\n${css}`
