/** One line of a plan. */
export interface Quantity {
  name: string
  unit: string
  /** Uses the quantities above it, the inputs and the costs. It is both evaluated and printed. */
  formula: string
  /** A description for people. */
  says: string
}

const quantity = (name: string, unit: string, formula: string, says: string): Quantity => ({
  name,
  unit,
  formula,
  says,
})

/** Processes whose number does not depend on the crowd: two delivers, two aggregates, a studio. */
const OTHERS = '5'

/** Every line of a plan, in the order of evaluation. */
export const QUANTITIES: readonly Quantity[] = [
  quantity(
    'deliveryUs',
    'µs',
    'deliveryBaseUs + packetBytes * deliveryByteNs / 1000',
    'processor time of one packet to one viewer',
  ),
  quantity(
    'packetWireBytes',
    'B',
    'packetBytes + packetHeadBytes',
    'one packet with its heads of MQTT, WebSocket, TLS, TCP, IP and Ethernet',
  ),
  quantity(
    'byProcessor',
    'viewers',
    'floor(load * 1000000 / (packetsPerSecond * deliveryUs))',
    'of one edge, by its core',
  ),
  quantity(
    'byDelay',
    'viewers',
    'floor(broadcastMs * 1000 / deliveryUs)',
    'of one edge, by how late its last viewer may get a packet',
  ),
  quantity(
    'byMemory',
    'viewers',
    'floor((load * machineMemoryMb / machineCores - processMb) * 1000000 / (connectionBytes + kernelBytes))',
    'of one edge, by its share of the memory',
  ),
  quantity(
    'byFiles',
    'viewers',
    'openFiles - max(100, ceil(openFiles * 0.05))',
    'of one edge, by the sockets that a process may open',
  ),
  quantity(
    'byNetwork',
    'viewers',
    'floor(load * machineMbit * 125000 / machineCores / (packetsPerSecond * packetWireBytes))',
    'of one edge, by its share of the network',
  ),
  quantity(
    'edgeViewers',
    'viewers',
    'min(byProcessor, byDelay, byMemory, byFiles, byNetwork)',
    'of one edge, at most',
  ),
  quantity(
    'edgesFilled',
    'processes',
    'max(1, ceil(viewers / edgeViewers), ceil(arrivalsPerSecond * connectUs / (load * 1000000)))',
    'edges that hold the crowd and take those who come',
  ),
  quantity(
    'edges',
    'processes',
    'edgesFilled + max(1, ceil(edgesFilled * spare))',
    'roar edge, with those that may be missing',
  ),
  quantity(
    'treePacketsPerSecond',
    '/s',
    'packetsPerSecond * (1 + segments)',
    'packets that each edge and relay gets',
  ),
  quantity(
    'fanOut',
    'children',
    'floor(min(relayChildren, load * 1000000 / (treePacketsPerSecond * deliveryUs), relayMs * 1000 / deliveryUs, load * machineMbit * 125000 / machineCores / (treePacketsPerSecond * packetWireBytes)))',
    'of the root and of each relay, at most',
  ),
  quantity(
    'relays',
    'processes',
    'relaysBetween(edges, fanOut)',
    'roar edge, between the root and the edges',
  ),
  quantity('levels', 'levels', 'levelsBetween(edges, fanOut)', 'of relays'),
  quantity(
    'packetDelayMs',
    'ms',
    '(levels + 1) * (hopMs + fanOut * deliveryUs / 1000) + edgeViewers * deliveryUs / 1000',
    'from the root to the last viewer',
  ),
  quantity('requestsPerSecond', '/s', 'tapsPerSecond / tapsPerRequest', 'requests with taps'),
  quantity(
    'ingestCores',
    'cores',
    '(requestsPerSecond * requestUs + votesPerSecond * voteUs + arrivalsPerSecond * showUs) / 1000000',
    'busy with taps, votes and show documents',
  ),
  quantity('ingests', 'processes', 'max(2, ceil(ingestCores / load))', 'roar ingest'),
  quantity('sparkCores', 'cores', 'sparkIdleCores + votesPerSecond * voteSparkUs / 1000000', 'busy in Spark'),
  quantity('sparkCoresToHave', 'cores', 'max(2, ceil(sparkCores / load))', "Spark's executors"),
  quantity('partitions', 'partitions', 'max(4, sparkCoresToHave)', 'of roar-reactions and of roar-ballots'),
  quantity(
    'kafkaCores',
    'cores',
    'kafkaIdleCores + votesPerSecond * voteKafkaUs / 1000000',
    'busy in each of three brokers',
  ),
  quantity(
    'edgeCores',
    'cores',
    '(viewers * packetsPerSecond * deliveryUs + arrivalsPerSecond * connectUs) / 1000000',
    'busy in edges',
  ),
  quantity(
    'relayCores',
    'cores',
    '(edges + relays) * treePacketsPerSecond * deliveryUs / 1000000',
    'busy in the root and in relays',
  ),
  quantity('processes', 'processes', `edges + relays + ingests + ${OTHERS}`, 'of Roar'),
  quantity(
    'busyCores',
    'cores',
    'edgeCores + relayCores + ingestCores + sparkCores + 3 * kafkaCores + processes * processIdleCores',
    'busy in all',
  ),
  quantity(
    'memoryMb',
    'MB',
    'processes * processMb + viewers * (connectionBytes + kernelBytes) / 1000000 + sparkMb + 3 * kafkaMb',
    "in all, the kernel's part of sockets too",
  ),
  quantity(
    'bandwidthMbit',
    'Mbit/s',
    '(viewers * packetsPerSecond + (edges + relays) * treePacketsPerSecond) * packetWireBytes / 125000',
    'that leaves edges and relays',
  ),
  quantity(
    'machines',
    'machines',
    'max(ceil((processes + sparkCoresToHave + 3) / machineCores), ceil(memoryMb / (load * machineMemoryMb)), ceil(bandwidthMbit / (load * machineMbit)))',
    'one core a process',
  ),
  quantity('gbPerHour', 'GB/h', 'bandwidthMbit * 0.45', 'that leaves'),
  quantity('pricePerHour', '/h', 'machines * machinePrice + gbPerHour * gbPrice', 'by the prices given'),
]
