import { parentPort } from 'node:worker_threads'

/** The thread's side of a `FileThread`: answers one question after another, until the file is to be closed. */
export function answerEach<Asked, Answer>(
  answer: (asked: Asked) => Answer | Promise<Answer>,
  close: () => void | Promise<void>,
): void {
  parentPort!.on('message', async (message: Asked | 'close') => {
    if (message !== 'close') {
      parentPort!.postMessage(await answer(message as Asked))
      return
    }
    await close()
    parentPort!.close()
  })
}
