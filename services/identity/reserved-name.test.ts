import { expect, test } from 'bun:test'
import { isReservedName } from './reserved-name.ts'

test.each([
  'admin',
  'Admin',
  'A D M I N',
  'аdmіn',
  'АДМIN'.replace('Д', 'D'),
  'ADMIN',
  'adm1n',
  '@dmin',
  'ádmín',
  '𝐀𝐝𝐦𝐢𝐧',
  'admin 2',
  'Admin Ann',
  'the_moderator',
  'Moderator!',
  'Host',
  'The Host',
  'H0ST',
  'ROAR',
  'Roar official',
  'ᴀᴅᴍɪɴ',
  'ᎪDMIN',
  'ꓮdmin',
  '🅐🅓🅜🅘🅝',
  '🅰️dmin',
  '🇦🇩🇲🇮🇳',
  'Administrador',
  'La moderadora',
  'Modérateur',
  'Админ 1',
  'المشرف',
  'एडमिन',
  '管理员',
  'mod１',
  'mod ١٢',
  '१ mod',
  '1mod',
  'HOST❶',
  '$taff 1',
  '1$taff',
  '12 $taff 1',
  '1$7aff',
  '0fficial1',
  '@dmin1',
  'Gastgeber1',
  '管理员❶',
  'Ann admin2',
  'Host²',
  'møderator',
  'ađmin',
  'ɱod',
  'Presentadora',
  'Ann, offiziell',
  'Gastgeber',
  'رسمي',
  'होस्ट 2',
  'Ведущий',
  '公式',
])('%s could be taken for somebody in charge', (name) => {
  expect(isReservedName(name)).toBe(true)
})

test.each([
  'Ada Quill',
  'Ghost',
  'Modesty',
  'Hostess Ann',
  'Badminton Ben',
  'Ann 4711',
  '4711',
  'Jo ٣',
  'Søren',
  'Łukasz',
  'Роман',
  '🇩🇪 Ben',
  'Νίκος',
  'علی رضا',
  'پرویز مشرف',
  'မြို့တော်',
  '🏏',
  '李雷',
])('%s is a name', (name) => {
  expect(isReservedName(name)).toBe(false)
})

test("the show's title is the show's, however it is written", () => {
  expect(isReservedName('lantеrns V. kites', 'Lanterns v Kites')).toBe(true)
  expect(isReservedName('Lanterns', 'Lanterns v Kites')).toBe(false)
  expect(isReservedName('🏏', '🔥')).toBe(false)
})
