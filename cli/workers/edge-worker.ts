import { systemClock } from '../../adapters/clock/clock.ts'
import type { Fellows, Measured } from '../../services/http/operator.ts'
import { exitWith } from '../exit-with.ts'
import { edge } from '../roles/edge.ts'
import { runRole } from '../run-role.ts'
import { Questions, type ToParent, type ToWorker } from './worker-talk.ts'

/** Longer than the parent waits for the slowest worker. */
const ANSWER_MS = 2_000

/** A worker of `roar edge --workers N`, started by its parent alone. */
const questions = new Questions<Measured[]>({ clock: systemClock, answerMs: ANSWER_MS })
let own: () => Promise<Measured> = async () => []

const tell = (message: ToParent) => process.send!(message)

process.on('message', async (message: ToWorker) => {
  switch (message.say) {
    case 'start':
      exitWith(runRole(edge, message.config, fellowsOf(message.worker)))
      return
    case 'measure':
      tell({ say: 'own', question: message.question, measured: await own() })
      return
    case 'all':
      questions.answer(message.question, message.measured)
  }
})
// Without its parent nobody would start it again, or stop it.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))

function fellowsOf(worker: string): Fellows {
  return {
    worker,
    join(measure) {
      own = measure
      const askAll = () => questions.ask((question) => tell({ say: 'measure all', question }))
      return async () => (await askAll()) ?? [await measure()]
    },
  }
}
