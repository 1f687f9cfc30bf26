import { expect, test } from 'bun:test'
import { emailKeyOf, type Grant, hasOwner } from './people.ts'

test('addresses of mail are one in whatever case and form they are written', () => {
  expect(emailKeyOf('Zo\u00e9@Example.ORG')).toBe('zo\u00e9@example.org')
  expect(emailKeyOf('ZOE\u0301@example.org')).toBe('zo\u00e9@example.org')
  expect(emailKeyOf('zoe@example.org')).not.toBe(emailKeyOf('zo\u00e9@example.org'))
})

test('an owner of one show is no owner of the installation, and neither is another role in all of it', () => {
  const has = (...roles: Grant[]) => hasOwner([{ roles: [] }, { roles }])
  expect(has({ role: 'owner' })).toBe(true)
  expect(has({ role: 'owner', show: 'final' })).toBe(false)
  expect(has({ role: 'producer' })).toBe(false)
  expect(has({ role: 'producer' }, { role: 'owner' })).toBe(true)
  expect(hasOwner([])).toBe(false)
})
