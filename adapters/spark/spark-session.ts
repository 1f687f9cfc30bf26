import * as grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { isPort } from '../../settings/values.ts'
import { type Relation, sql } from './relations.ts'
import definitionFile from './spark-connect.proto' with { type: 'file' }

/** The address of a Spark Connect server: `sc://host:port`, optionally `/;token=…;use_ssl=true;user_id=…`. */
export interface SparkAddress {
  host: string
  port: number
  tls: boolean
  token: string | undefined
  user: string
}

const DEFAULT_PORT = 15_002
/** How long Spark may take for what it has in memory. */
const LOOK_MS = 5_000

/** Parses an `sc://` address. Throws a `TypeError` that says what is wrong. */
export function parseSparkAddress(text: string): SparkAddress {
  const parts = /^sc:\/\/(\[[^\]]+\]|[^:/;]+)(?::(\d+))?(?:\/(;[^/]*)?)?$/.exec(text)
  if (parts === null) throw new TypeError(`"${text}" is not an address like sc://host:${DEFAULT_PORT}`)
  const [, host, port = `${DEFAULT_PORT}`, settings = ''] = parts
  if (!isPort(port)) throw new TypeError(`"${text}": ${port} is not a port`)
  const known = { token: undefined as string | undefined, use_ssl: 'false', user_id: 'roar' }
  for (const setting of settings.split(';').filter((pair) => pair !== '')) {
    const [key = '', value = ''] = setting.split('=', 2)
    if (!(key in known)) throw new TypeError(`${text}: unknown setting ${key}`)
    known[key as keyof typeof known] = decodeURIComponent(value)
  }
  return {
    host: host!,
    port: Number(port),
    // A token is a secret: it is only sent over TLS.
    tls: known.use_ssl === 'true' || known.token !== undefined,
    token: known.token,
    user: known.user_id,
  }
}

/** A query, by its checkpoint (`id`) and its latest start (`runId`). */
export interface QueryId {
  id: string
  runId: string
}

export interface StreamStart {
  name: string
  input: Relation
  format: string
  options: Record<string, string>
  outputMode: 'append' | 'update'
  /** The batch interval; `available-now`: processes what exists already, then ends. */
  trigger: { everyMs: number } | 'available-now'
}

/** A refusal by Spark, or a failure to reach it. */
export class SparkError extends Error {
  /** No response: it may come back. Otherwise Spark itself refused. */
  readonly unreachable: boolean

  constructor(message: string, options: { unreachable: boolean; cause: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'SparkError'
    this.unreachable = options.unreachable
  }
}

/**
 * A session of a Spark Connect server. It lives on the server under (user, session id) with its views and queries, whoever is
 * connected, until the server stops: closing this end stops nothing, and a client with the same id finds everything again.
 */
export class SparkSession {
  readonly #stub: Stub
  readonly #who: { sessionId: string; userContext: { userId: string; userName: string }; clientType: string }
  readonly #metadata = new grpc.Metadata()
  readonly #timeoutMs: number
  #serverSessionId: string | undefined

  /**
   * @param options.sessionId A UUID.
   * @param options.timeoutMs How long a call may take before Spark counts as unreachable. Default 30 s: starting a query reads
   * its checkpoint, which may be remote.
   */
  constructor(
    address: SparkAddress,
    { sessionId, timeoutMs = 30_000 }: { sessionId: string; timeoutMs?: number },
  ) {
    const { host, port, tls, token, user } = address
    const credentials = tls ? grpc.credentials.createSsl() : grpc.credentials.createInsecure()
    this.#stub = new Service(`${host}:${port}`, credentials, {
      // Reconnect soon after a restart of the server: the default grows to two minutes.
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': 2000,
      'grpc.keepalive_time_ms': 20_000,
    }) as unknown as Stub
    this.#who = { sessionId, userContext: { userId: user, userName: user }, clientType: 'roar' }
    this.#timeoutMs = timeoutMs
    if (token !== undefined) this.#metadata.set('authorization', `Bearer ${token}`)
  }

  /**
   * The server's id of the session, as of the last call: a different one means that it was restarted, without views and queries.
   */
  get serverSessionId(): string | undefined {
    return this.#serverSessionId
  }

  async version(): Promise<string> {
    const answer = await this.#call<{ sparkVersion?: { version: string } }>('AnalyzePlan', {
      sparkVersion: {},
    })
    return answer.sparkVersion?.version ?? ''
  }

  async configure(settings: Record<string, string>): Promise<void> {
    const pairs = Object.entries(settings).map(([key, value]) => ({ key, value }))
    await this.#call('Config', { operation: { set: { pairs } } })
  }

  /** Runs a statement for its effect, or its failure: result rows are ignored. */
  async run(statement: string): Promise<void> {
    await this.#execute({ root: sql(statement) })
  }

  /** Names a relation for this session's SQL, replacing one with the same name. */
  async createView(name: string, input: Relation): Promise<void> {
    await this.#command({ createDataframeView: { input, name, isGlobal: false, replace: true } })
  }

  /** Starts a query, or resumes it from its checkpoint. */
  async startStream({ name, trigger, ...start }: StreamStart): Promise<QueryId> {
    const when =
      trigger === 'available-now'
        ? { availableNow: true }
        : { processingTimeInterval: `${trigger.everyMs} milliseconds` }
    const answer = await this.#command({ writeStreamOperationStart: { ...start, ...when, queryName: name } })
    return answer.writeStreamOperationStartResult!.queryId
  }

  /** The queries that run in this session, by name. */
  async activeQueries(): Promise<Map<string, QueryId>> {
    const answer = await this.#command({ streamingQueryManagerCommand: { active: true } })
    const queries = answer.streamingQueryManagerCommandResult?.active?.activeQueries ?? []
    return new Map(queries.map(({ id, name }) => [name ?? id.id, id]))
  }

  /** Whether a query runs, and whether it is processing a batch, or still initialising. */
  async status(queryId: QueryId): Promise<{ isActive: boolean; isAtWork: boolean }> {
    const { status } = await this.#look(queryId, { status: true })
    const isBeginning = status?.statusMessage.startsWith('Initializing') ?? false
    return {
      isActive: status?.isActive ?? false,
      isAtWork: isBeginning || (status?.isTriggerActive ?? false),
    }
  }

  /** Why a query ended on its own; undefined if it did not. */
  async exception(queryId: QueryId): Promise<string | undefined> {
    const result = await this.#look(queryId, { exception: true })
    return result.exception?.exceptionMessage
  }

  /** Spark's progress JSON of the latest batches, oldest first. */
  async recentProgress(queryId: QueryId): Promise<string[]> {
    const result = await this.#look(queryId, { recentProgress: true })
    return result.recentProgress?.recentProgressJson ?? []
  }

  async stop(queryId: QueryId): Promise<void> {
    await this.#query(queryId, { stop: true })
  }

  /** Resolves when the query has processed everything that its sources hold now. */
  async processAllAvailable(queryId: QueryId): Promise<void> {
    await this.#query(queryId, { processAllAvailable: true })
  }

  /** Closes this end. The session and its queries continue. */
  close(): void {
    this.#stub.close()
  }

  async #query(queryId: QueryId, command: object, timeoutMs = this.#timeoutMs): Promise<QueryResult> {
    const answer = await this.#execute(
      { command: { streamingQueryCommand: { queryId, ...command } } },
      timeoutMs,
    )
    return answer.streamingQueryCommandResult ?? {}
  }

  /** Asks for something Spark has in memory, so that a hang is noticed within seconds. */
  #look(queryId: QueryId, command: object): Promise<QueryResult> {
    return this.#query(queryId, command, Math.min(LOOK_MS, this.#timeoutMs))
  }

  #command(command: object): Promise<ExecuteAnswer> {
    return this.#execute({ command })
  }

  #execute(
    plan: { command: object } | { root: Relation },
    timeoutMs = this.#timeoutMs,
  ): Promise<ExecuteAnswer> {
    const request = { ...this.#who, plan, operationId: crypto.randomUUID() }
    return new Promise((resolve, reject) => {
      const merged: ExecuteAnswer = {}
      const call = this.#stub.ExecutePlan(request, this.#metadata, deadlineIn(timeoutMs))
      call.on('data', (answer: ExecuteAnswer) => {
        this.#serverSessionId = answer.serverSideSessionId ?? this.#serverSessionId
        Object.assign(merged, answer)
      })
      call.on('error', (error) => reject(errorOf(error)))
      call.on('end', () => resolve(merged))
    })
  }

  #call<Answer>(method: 'AnalyzePlan' | 'Config', request: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#stub[method](
        { ...this.#who, ...request },
        this.#metadata,
        deadlineIn(this.#timeoutMs),
        (error, answer) => {
          if (error !== null) return reject(errorOf(error))
          this.#serverSessionId = answer.serverSideSessionId ?? this.#serverSessionId
          resolve(answer as Answer)
        },
      )
    })
  }
}

const deadlineIn = (timeoutMs: number): grpc.CallOptions => ({ deadline: Date.now() + timeoutMs })

function errorOf(error: grpc.ServiceError): SparkError {
  const { UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED } = grpc.status
  const unreachable = [UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED].includes(error.code)
  return new SparkError(error.details || error.message, { unreachable, cause: error })
}

const definition = loadSync(definitionFile, { longs: Number, oneofs: false })
const Service = (
  grpc.loadPackageDefinition(definition) as unknown as {
    spark: { connect: { SparkConnectService: grpc.ServiceClientConstructor } }
  }
).spark.connect.SparkConnectService

interface QueryResult {
  status?: { statusMessage: string; isActive: boolean; isTriggerActive: boolean }
  recentProgress?: { recentProgressJson: string[] }
  exception?: { exceptionMessage?: string }
}

interface ExecuteAnswer {
  serverSideSessionId?: string
  writeStreamOperationStartResult?: { queryId: QueryId }
  streamingQueryCommandResult?: QueryResult
  streamingQueryManagerCommandResult?: { active?: { activeQueries?: { id: QueryId; name?: string }[] } }
}

type Unary = (
  request: object,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  callback: (error: grpc.ServiceError | null, answer: { serverSideSessionId?: string }) => void,
) => void

interface Stub {
  ExecutePlan(
    request: object,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
  ): grpc.ClientReadableStream<ExecuteAnswer>
  AnalyzePlan: Unary
  Config: Unary
  close(): void
}
