import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { contrast, isColour, readableOn, textOn } from './accent.ts'

const colour = fc.nat({ max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`)

test('contrast is that of WCAG', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 1)
  expect(contrast('#ffb03a', '#ffb03a')).toBe(1)
})

test('whatever accent a show sets, text in it and on it can be read', () => {
  fc.assert(
    fc.property(colour, (accent) => {
      for (const surface of ['#171224', '#ffffff']) {
        expect(contrast(readableOn(surface, accent), surface)).toBeGreaterThanOrEqual(4.5)
      }
      expect(contrast(textOn(accent), accent)).toBeGreaterThanOrEqual(4.5)
    }),
  )
})

test('an accent that can be read is left as it is', () => {
  expect(readableOn('#171224', '#ffb03a')).toBe('#ffb03a')
})

test('only #rrggbb gets into a style', () => {
  expect(['#ffb03a', '#FFB03A'].every(isColour)).toBe(true)
  expect(['red', '#fff', '#ffb03a;x', 'url(x)', undefined, 7].some(isColour)).toBe(false)
})
