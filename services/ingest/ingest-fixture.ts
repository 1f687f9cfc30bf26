import type { IngestSettings } from './context.ts'

/** For tests: an ingest without limits, with slices of half a second. */
export const UNLIMITED: IngestSettings = {
  sliceMs: 500,
  sliceReactionsMax: 20_000,
  sliceForm: 'fold',
  waitingMax: 4,
  flushMs: 1000,
  flushMsMax: 5000,
  requestsPerSecondMax: 0,
  viewerPerSecond: 0,
  viewerBurst: 1,
  addressPerSecond: 0,
  addressBurst: 1,
  guestsPerSecond: 0,
  guestsBurst: 1,
  onLoopback: false,
  loopbackUnlimited: true,
  trustProxy: false,
  windowMs: 250,
  pubsub: [],
  publicUrl: '',
}
