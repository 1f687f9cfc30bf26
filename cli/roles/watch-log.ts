import type { Log } from '../../adapters/log/log.ts'
import type { Health } from '../../services/supervision/supervisor.ts'

/** Reports whether the log can be written. @param meanwhile What happens while it can not. */
export function watchLog(log: Log, { health, meanwhile }: { health: Health; meanwhile: string }): void {
  health.working()
  log.onState((state, cause) => {
    if (state === 'up') health.working()
    else health.waiting(`${cause?.message ?? 'it is unreachable'}; ${meanwhile}`)
  })
}
