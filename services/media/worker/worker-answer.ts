/** What the process for a picture says: both pictures in base64, what is wrong with the file, or that its library is not there. */
export type WorkerAnswer = { image: string; thumb: string } | { refused: string } | { missing: true }
