import { expect, test } from 'bun:test'
import { type Grant, ROLES } from '../../protocol/people.ts'
import { type Least, mayCall } from './roles.ts'

const LEASTS: Least[] = [...ROLES, 'member']
const may = (...grants: Grant[]) => LEASTS.filter((least) => mayCall(grants, least, 'final'))

test('an owner may all, a producer what is not the owner’s, a moderator and an analyst nothing of each other', () => {
  expect(may({ role: 'owner' })).toEqual(LEASTS)
  expect(may({ role: 'producer' })).toEqual(['producer', 'moderator', 'analyst', 'member'])
  expect(may({ role: 'moderator' })).toEqual(['moderator', 'member'])
  expect(may({ role: 'analyst' })).toEqual(['analyst', 'member'])
  expect(may()).toEqual([])
})

test('a role in one show is none in another, and none in what is about no show but to see it', () => {
  const mine: Grant[] = [
    { role: 'producer', show: 'final' },
    { role: 'analyst', show: 'semi' },
  ]
  expect(mayCall(mine, 'producer', 'final')).toBe(true)
  expect(mayCall(mine, 'producer', 'semi')).toBe(false)
  expect(mayCall(mine, 'analyst', 'semi')).toBe(true)
  expect(mayCall(mine, 'member', 'other')).toBe(false)
  expect(mayCall(mine, 'producer', undefined)).toBe(false)
  expect(mayCall(mine, 'member', undefined)).toBe(true)
  expect(mayCall([{ role: 'owner', show: 'final' }], 'owner', undefined)).toBe(false)
})
