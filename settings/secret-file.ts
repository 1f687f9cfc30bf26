import { readFileSync } from 'node:fs'

/** A secret that is in a file, as orchestrators mount them: the text without the end of its last line. @throws when it cannot be read */
export const readSecretFile = (path: string): string => readFileSync(path, 'utf8').replace(/\r?\n$/, '')
