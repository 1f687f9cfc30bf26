/** One of the library's metrics each: it registers what it measures. */
declare module 'prom-client/lib/metrics/*.js' {
  const collect: (
    registry: import('prom-client').Registry,
    config: { eventLoopMonitoringPrecision: number },
  ) => void
  export default collect
}
