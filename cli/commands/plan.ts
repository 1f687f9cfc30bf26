import { plan } from '../../engine/plan/plan.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { inputsOf, PLAN_FLAGS } from '../plan/flags.ts'
import { planJson, planText } from '../plan/report.ts'
import { simulate, simulationText } from '../plan/simulation.ts'
import { print } from './client-command.ts'
import { command } from './command.ts'

export const commands = [
  command({
    name: 'plan',
    summary: 'calculates what a crowd needs: processes, cores, memory, bandwidth, tree',
    flags: PLAN_FLAGS,
    examples: [
      'roar plan --viewers 25300000 --taps 1000000 --votes 10000',
      'roar plan --viewers 50000000 --spare-percent 40 --simulate',
      'roar plan --viewers 2000000 --machine-price 0.48 --gb-price 0.01 --budget 200 --json',
    ],
    notes:
      "It contacts no server. The costs were measured by this repository's benchmarks, which are named beside the figures.",
    async run(flags) {
      const inputs = inputsOf(flags)
      try {
        const planned = plan(inputs)
        if (!flags.simulate) return print(flags.json ? planJson(planned, flags) : planText(planned, flags))
        const options = { seed: flags.seed, connectsPerSecond: flags['connects-per-second'] }
        return print(flags.json ? simulate(planned, options) : simulationText(planned, options))
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause
        throw new ConfigError('plan', cause.message)
      }
    },
  }),
]
