/** The part of hls.js that plays pictures and sound, without subtitles and DRM: half its size. */
declare module 'hls.js/light' {
  export { default, type ErrorData } from 'hls.js'
}
