import { expect, test } from 'bun:test'
import { runCommand } from '../../test/command-line.ts'
import { startRoar } from '../../test/embedded.ts'
import { commands } from './ready.ts'

async function ready(...argv: string[]): Promise<{ code: number; says: string }> {
  const { code, out, error } = await runCommand(commands, 'ready', argv)
  return { code, says: out + error }
}

test('a health check hears whether the server is ready, for what, and that nobody is there', async () => {
  const roar = await startRoar()
  const { port } = new URL(roar.url)
  expect(await ready('--port', port)).toEqual({ code: 0, says: 'ready\n' })
  expect(await ready('votes', '--port', port)).toMatchObject({ code: 0 })
  expect(await ready('--port', port, '--host', '0.0.0.0')).toMatchObject({ code: 0 })
  expect(await ready('nonsense', '--port', port)).toMatchObject({
    code: 1,
    says: expect.stringContaining('nonsense'),
  })
  await roar.stop()
  expect(await ready('--port', port)).toMatchObject({
    code: 1,
    says: expect.stringContaining(`:${port}/readyz: nothing listens there\n`),
  })
})
