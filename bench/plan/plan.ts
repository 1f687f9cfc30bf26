import { parseArgs } from 'node:util'
import { tableOf } from '../../cli/table.ts'
import { COSTS, type CostName } from '../../engine/plan/costs.ts'
import { evaluate } from '../../engine/plan/formula.ts'
import { QUANTITIES } from '../../engine/plan/quantities.ts'
import { type EdgeCrowd, edgeTakes } from './edge-cell.ts'
import { type UpCrowd, upTakes } from './up-cell.ts'

/** The largest error of a prediction. */
const ERROR_MAX = 0.25

// At about the rate of shows: each packet finds cold caches, so that one of many a second takes less.
const SMALL: EdgeCrowd = { viewers: 2_000, packetsPerSecond: 5, packetBytes: 220, seconds: 4 }
const LONG_PACKETS: EdgeCrowd = { ...SMALL, packetBytes: 2_000 }
/** Predicted from the two above: four times as many viewers, at another rate. */
const LARGE: EdgeCrowd = { viewers: 8_000, packetsPerSecond: 4, packetBytes: 300, seconds: 3 }

const WARM_UP: UpCrowd = { viewers: 200, tapsPerSecond: 10_000, tapsPerRequest: 5, seconds: 3 }
const TAPS: UpCrowd = { viewers: 20, tapsPerSecond: 20_000, tapsPerRequest: 5, seconds: 5 }
const BOTH: UpCrowd = { viewers: 3_000, tapsPerSecond: 20_000, tapsPerRequest: 5, seconds: 6 }

type Measured = Pick<
  Record<CostName, number>,
  'deliveryBaseUs' | 'deliveryByteNs' | 'connectUs' | 'connectionBytes' | 'requestUs' | 'showUs'
>

interface Prediction {
  what: string
  unit: string
  predicted: number
  measured: number
}

/**
 * Measures the cost of one delivery, connection and request with a small crowd, predicts the cost of a large one on this machine,
 * by the formulas of `roar plan`, and measures that, too. Resolves to the exit code: 1 if a prediction is off by more than a
 * quarter. `--save` stores the measured values as the costs of `roar plan`.
 */
export async function benchPlan(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { save: { type: 'boolean', default: false } } })
  const [small, long, large] = [await edgeTakes(SMALL), await edgeTakes(LONG_PACKETS), await edgeTakes(LARGE)]
  const up = await upTakes([WARM_UP, TAPS, BOTH])
  const [, taps, both] = up.crowds as [unknown, (typeof up.crowds)[0], (typeof up.crowds)[0]]

  const byteUs = Math.max(
    0,
    (long.deliveryUs - small.deliveryUs) / (LONG_PACKETS.packetBytes - SMALL.packetBytes),
  )
  const costs = {
    deliveryBaseUs: small.deliveryUs - byteUs * SMALL.packetBytes,
    deliveryByteNs: byteUs * 1000,
    connectUs: small.connectUs,
    connectionBytes: (large.fullBytes - small.fullBytes) / (LARGE.viewers - SMALL.viewers),
    showUs: up.showUs,
    requestUs: 0,
  } satisfies Measured
  const partsUs = ({ connects, deliveries, requests, wallMs }: typeof both): number =>
    connects * costs.connectUs +
    deliveries * deliveryUs(costs, SMALL.packetBytes) +
    requests * costs.requestUs +
    up.idleCores * wallMs * 1000
  costs.requestUs = (taps.cpuMs * 1000 - partsUs(taps)) / taps.requests

  const predictions: Prediction[] = [
    {
      what: `an edge, ${LARGE.viewers} viewers, ${LARGE.packetsPerSecond} packets/s of ${LARGE.packetBytes} B`,
      unit: 'cores',
      predicted: (LARGE.viewers * LARGE.packetsPerSecond * deliveryUs(costs, LARGE.packetBytes)) / 1e6,
      measured: (LARGE.viewers * LARGE.packetsPerSecond * large.deliveryUs) / 1e6,
    },
    {
      what: 'the same by the costs of roar plan',
      unit: 'cores',
      predicted: (LARGE.viewers * LARGE.packetsPerSecond * deliveryUs(savedCosts(), LARGE.packetBytes)) / 1e6,
      measured: (LARGE.viewers * LARGE.packetsPerSecond * large.deliveryUs) / 1e6,
    },
    {
      what: `${LARGE.viewers} connections, opened`,
      unit: 'core s',
      predicted: (LARGE.viewers * costs.connectUs) / 1e6,
      measured: (LARGE.viewers * large.connectUs) / 1e6,
    },
    {
      what: 'its memory, by the costs of roar plan',
      unit: 'MB',
      predicted: (small.fullBytes + (LARGE.viewers - SMALL.viewers) * COSTS.connectionBytes.value) / 1e6,
      measured: large.fullBytes / 1e6,
    },
    {
      what: 'bytes of a packet below TLS and TCP',
      unit: 'B',
      // Without the headers of TLS 1.3, TCP, IP and Ethernet on the wire.
      predicted: LARGE.packetBytes + COSTS.packetHeadBytes.value - 88,
      measured: large.arrivedBytes,
    },
    {
      what: `roar up, ${BOTH.viewers} viewers and ${BOTH.tapsPerSecond} taps/s`,
      unit: 'core s',
      predicted: partsUs(both) / 1e6,
      measured: both.cpuMs / 1000,
    },
  ]
  print(costs, predictions)
  if (values.save) await save(costs)
  return predictions.every(({ predicted, measured }) => Math.abs(predicted / measured - 1) <= ERROR_MAX)
    ? 0
    : 1
}

const savedCosts = (): Measured =>
  Object.fromEntries(Object.entries(COSTS).map(([name, { value }]) => [name, value])) as Measured

/** By the plan's own formula. */
function deliveryUs(costs: Measured, packetBytes: number): number {
  const { formula } = QUANTITIES.find(({ name }) => name === 'deliveryUs')!
  return evaluate(formula, { ...costs, packetBytes }, {})
}

function print(costs: Measured, predictions: Prediction[]): void {
  const cost = ([name, value]: [string, number]) => [
    name,
    value.toPrecision(3),
    COSTS[name as CostName].value.toPrecision(3),
    COSTS[name as CostName].unit,
  ]
  console.log(tableOf([['cost', 'here', 'roar plan', ''], ...Object.entries(costs).map(cost)]))
  const line = ({ what, unit, predicted, measured }: Prediction) => {
    const off = predicted / measured - 1
    const says = `${off > 0 ? '+' : ''}${(100 * off).toFixed(0)} %${Math.abs(off) > ERROR_MAX ? '  TOO FAR' : ''}`
    return [what, predicted.toPrecision(3), measured.toPrecision(3), unit, says]
  }
  console.log(tableOf([['', 'predicted', 'measured', '', ''], ...predictions.map(line)]))
}

/** Costs measured by other benches stay. */
async function save(costs: Measured): Promise<void> {
  const file = new URL('../../engine/plan/costs.json', import.meta.url)
  const all = Object.entries(COSTS).map(([name, cost]) => {
    const value = costs[name as keyof Measured] as number | undefined
    return [name, value === undefined ? cost : { ...cost, value: Number(value.toPrecision(3)) }]
  })
  await Bun.write(file, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`)
  await Bun.$`npx biome format --write ${Bun.fileURLToPath(file)}`.quiet()
  console.log('saved as engine/plan/costs.json')
}
