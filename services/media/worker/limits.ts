/** The longer edge of a picture that is sent, in pixels, and all its pixels in all its frames: 128 MB decoded. */
export const EDGE_PX_MAX = 8192
export const PIXELS_MAX = 2 ** 25
/** Frames of a picture that moves. */
export const FRAMES_MAX = 150
/** The longer edges, in pixels, of what is made: the largest that a screen shows, and a button's at three times the density. */
export const PICTURE_PX = 384
export const THUMB_PX = 128
/** What is made of a picture that moves: one that would be larger is made smaller, down to `PICTURE_PX / 4`. */
export const PICTURE_BYTES_MAX = 2 ** 20
/** Seconds of a Lottie, and frames a second that are drawn of it. */
export const LOTTIE_S_MAX = 15
export const LOTTIE_FPS_MAX = 30
/** Bytes of a Lottie in a .lottie once it is unpacked, and files in that. */
export const LOTTIE_BYTES_MAX = 2 ** 23
export const LOTTIE_FILES_MAX = 64
