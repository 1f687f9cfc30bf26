import { expect, test } from 'bun:test'
import type { MediaStore } from './media.ts'

/** What every media store promises. @param open Opens it, empty at first; a second call reopens the same one. */
export function mediaContract(name: string, open: () => MediaStore): void {
  const id = (digit: string) => `${digit.repeat(32)}.webp`
  test(`${name}: a picture is there as it was put, for others too, until it is deleted`, async () => {
    const [media, other] = [open(), open()]
    const bytes = new Uint8Array(70_000).map((_, i) => i * 7)
    expect(await media.get(id('a'))).toBeUndefined()
    await media.put(id('a'), bytes)
    await media.put(id('a'), bytes)
    await media.put(id('b'), new Uint8Array([1]))
    expect(await other.get(id('a'))).toEqual(bytes)
    await other.delete(id('a'))
    await other.delete(id('a'))
    expect([await media.get(id('a')), await media.get(id('b'))]).toEqual([undefined, new Uint8Array([1])])
  })

  test(`${name}: a name that is no picture's reaches nothing`, async () => {
    const media = open()
    for (const name of [
      '../secret',
      'a/../../b.webp',
      `${'a'.repeat(32)}.svg`,
      `${'A'.repeat(32)}.webp`,
      '',
    ]) {
      for (const act of ['get', 'delete', 'put'] as const) {
        const called = async () => void (await media[act](name, new Uint8Array()))
        expect(await called().catch((cause: Error) => cause.name)).toBe('RangeError')
      }
    }
  })
}
