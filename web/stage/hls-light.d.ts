/** The part of hls.js that plays pictures and sound, without subtitles and encryption by a licence: half its size. */
declare module 'hls.js/light' {
  export { default, type ErrorData } from 'hls.js'
}
