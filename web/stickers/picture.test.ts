import { expect, test } from 'bun:test'
import { letterOf, pictureAt } from './picture.ts'

test("a picture's address is the server's, below its path; one that is whole stays", () => {
  expect(pictureAt('/stickers/six.svg', 'https://host')).toBe('https://host/stickers/six.svg')
  expect(pictureAt('/stickers/six.svg', 'https://host/live')).toBe('https://host/live/stickers/six.svg')
  expect(pictureAt('media/a.webp', 'https://host/live')).toBe('https://host/live/media/a.webp')
  expect(pictureAt('https://cdn/a.webp', 'https://host/live')).toBe('https://cdn/a.webp')
  expect(pictureAt('//cdn/a.webp', 'https://host/live')).toBe('//cdn/a.webp')
})

test("a title's letter is a whole character", () => {
  expect(['wicket', ' ärger', '🥁 drum', '𐐀', ''].map(letterOf)).toEqual(['W', 'Ä', '🥁', '𐐀', '?'])
})
