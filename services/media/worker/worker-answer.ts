/** The output of a picture process: both pictures in base64, what is wrong with the file, or that its library is missing. */
export type WorkerAnswer = { image: string; thumb: string } | { refused: string } | { missing: true }
