import mqttPacket, { type Packet } from 'mqtt-packet'
import type { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { Overlap } from '../../adapters/pubsub/overlap.ts'
import { Parents } from '../../adapters/pubsub/parents.ts'
import type { Message, PubSub, PubSubState } from '../../adapters/pubsub/pubsub.ts'
import { relayClientId } from '../../engine/lineage.ts'
import type { Connection } from '../../services/edge/connection.ts'
import { TICK_MS } from '../../services/edge/context.ts'
import { stopping } from '../../services/edge/goodbye.ts'
import { Hub } from '../../services/edge/hub.ts'
import type { Transport } from '../../services/edge/transport.ts'
import { joinTree, type TreeNode } from '../../services/edge/tree-node.ts'

/** Latency of a line. */
const LATENCY_MS = 20
/** A line without traffic for this long is closed at both ends, as by keep-alives. */
const SILENCE_MS = 8_000

/** Edges joined by lines that a test cuts and restores, on a manual clock. The bytes are MQTT's. */
export class Forest {
  readonly clock: ManualClock
  readonly random: () => number
  readonly nodes = new Map<string, Node>()
  /** Pairs of names between which nothing passes. */
  readonly cuts = new Set<string>()

  constructor(clock: ManualClock, random: () => number) {
    this.clock = clock
    this.random = random
  }

  /** @param parents Names of nodes, the preferred one first; empty for a root. */
  plant(name: string, parents: string[]): Node {
    const node = new Node(this, { name, parents })
    this.nodes.set(name, node)
    return node
  }

  isCut(one: string, other: string): boolean {
    return this.cuts.has([one, other].sort().join(' '))
  }

  cut(one: string, other: string, isCut: boolean): void {
    const line = [one, other].sort().join(' ')
    if (isCut) this.cuts.add(line)
    else this.cuts.delete(line)
  }
}

/** One edge, through all its restarts. */
export class Node {
  readonly name: string
  readonly parents: string[]
  readonly id: string
  /** Undefined while it is dead. */
  life: Life | undefined
  /** Offset of its clock from the others', in each life that starts from now on. */
  skewMs = 0
  readonly #forest: Forest

  constructor(forest: Forest, { name, parents }: { name: string; parents: string[] }) {
    this.#forest = forest
    this.name = name
    this.parents = parents
    this.id = Bun.hash(name).toString(16).padStart(16, '0').slice(0, 16)
    this.start()
  }

  start(): void {
    this.life ??= new Life(this.#forest, this)
  }

  kill(): void {
    this.life?.end()
    this.life = undefined
  }
}

class Life {
  readonly hub: Hub
  readonly tree: TreeNode
  readonly pubsub: PubSub
  readonly link: Link | undefined
  readonly #stop: (() => void)[] = []

  constructor(forest: Forest, node: Node) {
    const { clock } = forest
    const { skewMs } = node
    const now = () => clock.now() + skewMs
    const passedMs = () => clock.passedMs()
    this.link = node.parents.length === 0 ? undefined : new Link(forest, node)
    this.pubsub = this.link ?? memoryPubSub()
    this.hub = new Hub({
      now,
      passedMs,
      showExists: () => true,
      isInStep: () => true,
      // Relays sign in; viewers do not.
      isRelay: ({ password }) => password !== undefined,
      relayRefusal: (clientId) => this.tree.refusal(clientId),
    })
    this.tree = joinTree(this.hub, { pubsub: this.pubsub, clock: { now, passedMs }, id: node.id })
    this.#stop.push(this.tree.start())
    const tick = () => {
      this.hub.tick()
      this.tree.tick()
      this.#stop[1] = clock.after(TICK_MS, tick)
    }
    tick()
  }

  publish(topic: string, packet: object, retain: boolean): void {
    this.pubsub.publish({ topic, payload: new TextEncoder().encode(JSON.stringify(packet)), retain })
  }

  end(): void {
    for (const stop of this.#stop) stop()
    void this.pubsub.close()
    this.hub.close(Number.POSITIVE_INFINITY, stopping(0)).next()
  }
}

/** The connection between two nodes, or from a viewer to its edge, where nothing is ever lost. */
class Line {
  open = true
  readonly #clock: ManualClock
  readonly #isCut: () => boolean
  #held: (() => void)[] = []
  #heldSinceMs: number | undefined
  onSilence = () => {}

  constructor(clock: ManualClock, isCut: () => boolean) {
    this.#clock = clock
    this.#isCut = isCut
  }

  carry(arrive: () => void): void {
    this.#clock.after(LATENCY_MS, () => this.#arrive(arrive))
  }

  #arrive(arrive: () => void): void {
    if (!this.#isCut() && this.#held.length === 0) {
      if (this.open) arrive()
      return
    }
    this.#held.push(arrive)
    if (this.#heldSinceMs === undefined) {
      this.#heldSinceMs = this.#clock.now()
      this.#look()
    }
  }

  #look(): void {
    const now = this.#clock.now()
    if (!this.#isCut()) {
      const held = this.#held
      this.#held = []
      this.#heldSinceMs = undefined
      for (const arrive of held) if (this.open) arrive()
    } else if (now - this.#heldSinceMs! >= SILENCE_MS) {
      this.#held = []
      this.#heldSinceMs = undefined
      this.onSilence()
    } else {
      this.#clock.after(100, () => this.#look())
    }
  }
}

/** An edge's connection to its parent: the choice of parents is the real code, the bytes are a client's. */
class Link implements PubSub {
  readonly #forest: Forest
  readonly #node: Node
  readonly #parents: Parents
  readonly #listeners = new Set<(state: PubSubState) => void>()
  readonly #overlap = new Overlap()
  #onMessage: (message: Message) => void = () => {}
  #current: Call | undefined
  #climber: Call | undefined
  #state: PubSubState = 'down'
  #closed = false
  #cancelClimb = () => {}

  constructor(forest: Forest, node: Node) {
    this.#forest = forest
    this.#node = node
    this.#parents = new Parents({ count: node.parents.length, random: forest.random })
  }

  /** The name of the parent from which it receives packets. */
  get parent(): string | undefined {
    return this.#state === 'up' ? this.#node.parents[this.#parents.parent] : undefined
  }

  publish(): void {
    throw new Error('an edge publishes nothing upwards')
  }

  report({ topic, payload }: Pick<Message, 'topic' | 'payload'>): void {
    if (this.#state === 'up') this.#current?.publish(topic, payload)
  }

  subscribe(_filter: string, onMessage: (message: Message) => void): () => void {
    this.#onMessage = onMessage
    this.#try({ parent: 0, delayMs: 0 })
    return () => {}
  }

  #try({ parent, delayMs }: { parent: number; delayMs: number }): void {
    this.#forest.clock.after(delayMs, () => {
      if (this.#closed) return
      const call = this.#call(parent, () => {
        this.#overlap.changed(this.#forest.clock.now())
        this.#set('up')
        this.#climbAfter(this.#parents.up(parent, this.#forest.clock.now()))
      })
      this.#current = call
    })
  }

  #call(parent: number, onUp: (call: Call) => void): Call {
    const call: Call = new Call(this.#forest, {
      node: this.#node,
      parent: this.#node.parents[parent]!,
      onUp: () => onUp(call),
      onMessage: (message) => {
        if (call !== this.#current) return
        const key = `${message.topic} ${Bun.hash(message.payload)}`
        if (message.retain || !this.#overlap.isRepeated(key, this.#forest.clock.now()))
          this.#onMessage(message)
      },
      onEnd: () => this.#ended(call),
    })
    return call
  }

  #ended(call: Call): void {
    if (this.#closed) return
    if (call === this.#current) {
      this.#cancelClimb()
      this.#climber?.hangUp()
      this.#climber = undefined
      this.#set('down')
      this.#try(this.#parents.down(this.#forest.clock.now()))
    } else if (call === this.#climber) {
      this.#climber = undefined
      this.#climbAfter(this.#parents.climb())
    }
  }

  #climbAfter(delayMs: number | undefined): void {
    if (delayMs === undefined) return
    this.#cancelClimb = this.#forest.clock.after(delayMs, () => {
      this.#climber = this.#call(0, (call) => {
        const before = this.#current
        this.#current = call
        this.#climber = undefined
        this.#overlap.changed(this.#forest.clock.now())
        this.#parents.up(0, this.#forest.clock.now())
        before?.hangUp()
      })
    })
  }

  #set(state: PubSubState): void {
    if (state === this.#state) return
    this.#state = state
    for (const listener of this.#listeners) listener(state)
  }

  state(): PubSubState {
    return this.#state
  }

  onState(listener: (state: PubSubState) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  leave(_why: string, { onlyForAnother }: { onlyForAnother: boolean }): void {
    if (onlyForAnother && this.#node.parents.length === 1) return
    const call = this.#current
    call?.hangUp()
    if (call) this.#ended(call)
  }

  counters() {
    return { dropped: 0, waiting: 0 }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelClimb()
    this.#climber?.hangUp()
    this.#current?.hangUp()
  }
}

/** One connection of a link, from CONNECT to its end. */
class Call {
  readonly #send: (packet: Packet) => void
  #over = false

  constructor(
    forest: Forest,
    {
      node,
      parent,
      onUp,
      onMessage,
      onEnd,
    }: {
      node: Node
      parent: string
      onUp: () => void
      onMessage: (message: Message) => void
      onEnd: () => void
    },
  ) {
    const { clock } = forest
    const line = new Line(clock, () => forest.isCut(node.name, parent))
    let connection: Connection | undefined
    const end = () => {
      if (this.#over) return
      this.#over = true
      line.open = false
      onEnd()
    }
    line.onSilence = () => {
      connection?.closed()
      end()
    }
    const parser = mqttPacket.parser({ protocolVersion: 5 })
    parser.on('packet', (packet) => {
      if (this.#over) return
      if (packet.cmd === 'connack') {
        if (packet.reasonCode !== 0) return end()
        const subscription = { topic: 'roar/#', qos: 0, nl: false, rap: true, rh: 0 } as const
        this.#send({ cmd: 'subscribe', messageId: 1, subscriptions: [subscription] })
      } else if (packet.cmd === 'suback') onUp()
      else if (packet.cmd === 'disconnect') end()
      else if (packet.cmd === 'publish') {
        const { topic, payload, retain } = packet
        onMessage({ topic, payload: Buffer.from(payload), retain })
      }
    })
    const transport: Transport = {
      kind: 'tcp',
      address: '',
      local: false,
      send(bytes) {
        line.carry(() => void parser.parse(Buffer.from(bytes)))
        return true
      },
      widen() {},
      backlogBytes: () => 0,
      close: () => line.carry(end),
    }
    this.#send = (packet) => {
      const bytes = mqttPacket.generate(packet, { protocolVersion: 5 })
      line.carry(() => connection?.receive(bytes))
    }
    line.carry(() => {
      connection = forest.nodes.get(parent)?.life?.hub.connect(transport)
      if (connection === undefined) end()
    })
    this.#send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clientId: `${relayClientId(node.id)}-1`,
      clean: true,
      keepalive: 0,
      username: 'relay',
      password: Buffer.from('secret'),
    })
    this.hangUp = () => {
      if (this.#over) return
      this.#over = true
      line.open = false
      // The other end notices a moment later, whatever the line does.
      clock.after(LATENCY_MS, () => connection?.closed())
    }
  }

  hangUp: () => void

  publish(topic: string, payload: Uint8Array): void {
    this.#send({ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 0, dup: false, retain: false })
  }
}
