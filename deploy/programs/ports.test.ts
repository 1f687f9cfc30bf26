import { expect, test } from 'bun:test'
import { freePort } from './ports.ts'

test('a port that was given and is not listened at yet is given to nobody else', async () => {
  const ports = new Set<number>()
  for (let asked = 1; asked <= 100; asked++) expect(ports.add(await freePort()).size).toBe(asked)
})
