/** The longer edge of a submitted picture, in pixels, and its pixels over all frames: 128 MB decoded. */
export const EDGE_PX_MAX = 8192
export const PIXELS_MAX = 2 ** 25
/** Frames of an animation. */
export const FRAMES_MAX = 150
/** The longer edges of the results, in pixels: the largest size on any screen, and a button's at triple density. */
export const PICTURE_PX = 384
export const THUMB_PX = 128
/** Size of the resulting animation: a larger one is scaled down, to no less than `PICTURE_PX / 4`. */
export const PICTURE_BYTES_MAX = 2 ** 20
/** Seconds of a Lottie, and rendered frames a second. */
export const LOTTIE_S_MAX = 15
export const LOTTIE_FPS_MAX = 30
/** Bytes of an unpacked Lottie in a .lottie, and files in it. */
export const LOTTIE_BYTES_MAX = 2 ** 23
export const LOTTIE_FILES_MAX = 64
