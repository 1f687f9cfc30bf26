import { systemClock } from '../../adapters/clock/clock.ts'
import type { Fellows, Measured } from '../../services/http/operator.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { edge } from '../roles/edge.ts'
import { runRole } from '../run-role.ts'
import { EDGE_WORKER, Questions, type ToParent, type ToWorker } from './worker-talk.ts'

/** Longer than the parent waits for the slowest worker. */
const ANSWER_MS = 2_000

const questions = new Questions<Measured[]>({ clock: systemClock, answerMs: ANSWER_MS })
let own: () => Promise<Measured> = async () => []

const tell = (message: ToParent) => process.send!(message)

/** A worker of `roar edge --workers N`, started only by its parent. Resolves with its exit code. */
export function runEdgeWorker(): Promise<number> {
  if (process.send === undefined)
    throw new ConfigError(EDGE_WORKER, 'is started by roar edge --workers alone')
  const end = Promise.withResolvers<number>()
  process.on('message', async (message: ToWorker) => {
    switch (message.say) {
      case 'start':
        end.resolve(runRole(edge, message.config, fellowsOf(message.worker)))
        return
      case 'measure':
        tell({ say: 'own', question: message.question, measured: await own() })
        return
      case 'all':
        questions.answer(message.question, message.measured)
    }
  })
  // Without its parent, nobody would restart or stop it.
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  return end.promise
}

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
