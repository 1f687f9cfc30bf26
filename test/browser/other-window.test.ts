import { expect, test } from 'bun:test'
import { answering, NoAnswer } from './other-window.ts'

test('a browser that answers nothing is said by the command that waits, whichever it is', async () => {
  const nothing = () => new Promise<never>(() => {})
  const page = answering({ open: nothing, run: nothing, picture: nothing, close: nothing }, 1)
  for (const [silent, command] of [
    [() => page.open('http://localhost/'), 'open http://localhost/'],
    [() => page.run('return 1'), 'return 1'],
    [page.picture, 'picture'],
    [page.close, 'close'],
  ] as const)
    await expect(silent()).rejects.toEqual(new NoAnswer(`no answer in 0.001 s to: ${command}`))
})
