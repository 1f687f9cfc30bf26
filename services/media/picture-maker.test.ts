import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { RoarError } from '../../protocol/errors.ts'
import { PictureMaker } from './picture-maker.ts'
import { png, svg } from './worker/pictures-fixture.ts'

/** It would be drawn for minutes. */
const BOMB = svg(
  `<filter id="f"><feTurbulence baseFrequency="0.9" numOctaves="9"/><feGaussianBlur stdDeviation="99"/></filter>${'<rect width="10" height="10" filter="url(#f)"/>'.repeat(5_000)}`,
)
const make = async (maker: PictureMaker, file: Uint8Array<ArrayBuffer>, account: string) =>
  maker.make(file, account).then(
    () => 'made',
    (cause) => (cause instanceof RoarError ? cause.code : String(cause)),
  )

test.skipIf(!existsSync('/proc/self/stat'))(
  'a picture that takes more of the cores than one may is given up, and who sent it is the only one who waited',
  async () => {
    const maker = new PictureMaker({ cpuMsMax: 1_500 })
    const order: string[] = []
    const note = (name: string) => (answer: string) => order.push(`${name}: ${answer}`)
    const flag = await png()
    const bomb = make(maker, BOMB, 'eve').then(note('bomb'))
    const behind = make(maker, flag, 'eve').then(note('behind it'))
    const other = make(maker, flag, 'ann').then(note('of somebody else'))
    await Promise.all([bomb, behind, other])
    expect(order).toEqual(['of somebody else: made', 'bomb: bad_picture', 'behind it: made'])
  },
)
