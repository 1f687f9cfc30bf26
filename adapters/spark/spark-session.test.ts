import { expect, test } from 'bun:test'
import * as grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import definitionFile from './spark-connect.proto' with { type: 'file' }
import { parseSparkAddress, SparkSession } from './spark-session.ts'

test('an address says host, port, user and token, and a token brings TLS with it', () => {
  const plain = { host: 'spark', port: 15_002, tls: false, token: undefined, user: 'roar' }
  expect(parseSparkAddress('sc://spark')).toEqual(plain)
  expect(parseSparkAddress('sc://spark:99/')).toEqual({ ...plain, port: 99 })
  expect(parseSparkAddress('sc://spark:99/;user_id=ann;use_ssl=true')).toEqual({
    ...plain,
    port: 99,
    tls: true,
    user: 'ann',
  })
  expect(parseSparkAddress('sc://spark/;token=a%3Db')).toEqual({ ...plain, tls: true, token: 'a=b' })
  expect(parseSparkAddress('sc://[::1]:99').host).toBe('[::1]')
})

test.each([
  'spark:15002',
  'http://spark',
  'sc://',
  'sc://spark:port',
  'sc://spark:0',
  'sc://spark:65536',
  'sc://spark/;colour=red',
])('%p is refused with its own text in the sentence', (address) => {
  expect(() => parseSparkAddress(address)).toThrow(address)
})

test('a Spark that hangs is noticed within seconds: what it has in memory may take 5 s, a start half a minute', async () => {
  const deadlines: number[] = []
  const { spark } = grpc.loadPackageDefinition(loadSync(definitionFile)) as unknown as {
    spark: { connect: { SparkConnectService: grpc.ServiceClientConstructor } }
  }
  const server = new grpc.Server()
  server.addService(spark.connect.SparkConnectService.service, {
    ExecutePlan(call: grpc.ServerWritableStream<unknown, unknown>) {
      deadlines.push(Number(call.getDeadline()) - Date.now())
      call.end()
    },
  })
  const credentials = grpc.ServerCredentials.createInsecure()
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(port))),
  )
  const session = new SparkSession(parseSparkAddress(`sc://127.0.0.1:${port}`), {
    sessionId: crypto.randomUUID(),
  })
  const query = { id: 'a', runId: 'b' }
  await session.status(query)
  await session.exception(query)
  await session.recentProgress(query)
  await session.stop(query)
  const [longest, ...looks] = deadlines.toSorted((a, b) => b - a)
  expect(Math.max(...looks)).toBeLessThanOrEqual(5_000)
  expect(longest).toBeGreaterThan(5_000)
  session.close()
  server.forceShutdown()
})
