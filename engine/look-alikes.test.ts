import { expect, test } from 'bun:test'
import { LOOKS_LIKE } from './look-alikes.ts'

test('each letter, digit and sign is read as the Latin letter that it is drawn as', () => {
  const read = (text: string) => [...text].map((one) => LOOKS_LIKE.get(one) ?? '?').join('')
  expect(read('аα@4вβь8сϲԁеεє3нһη')).toBe('aaaabbbbccdeeeehhh')
  expect(read('іιılӏ1|јкκмμոп')).toBe('iiiiiiijkkmmnn')
  expect(read('оοσ0օрρгѕ$5тτ7')).toBe('ooooopprsssttt')
  expect(read('υսѵνԝωхχуγү')).toBe('uuvvwwxxyyy')
  // Small capitals; Cherokee, as it is in lower case; Lisu.
  expect(read('ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ')).toBe('abcdefghijkimnoprstuvwyz')
  expect(read('ᎪᏴᏏᏟᎠᎬᏀᎻᎥᏞᎫᏦᎷᏢᎡᏒᏚᎢᏙᎳᎽᏃ'.toLowerCase())).toBe('abbcdeghiijkmprrstvwyz')
  expect(read('ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓡꓙꓗꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ')).toBe('abcdefghiijkmnoprstuvwxyz')
  expect(read('🅐🅩🅰🆉🇦🇱🇿')).toBe('azazaiz')
})

test('nothing that is Latin is read as another letter, but the l that stands for an i', () => {
  expect([...LOOKS_LIKE.keys()].filter((one) => /[a-z]/.test(one))).toEqual(['l'])
})
