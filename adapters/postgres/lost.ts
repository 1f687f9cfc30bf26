import { SQL } from 'bun'

/** SQLSTATEs with which a server ends a session (appendix A of its manual): terminated, over a time limit, or connection failure. */
const SESSION_ENDS = /^(08|57P0[125]|25P0[34])/

/** Whether the session ended during a call: anything uncommitted is gone, and another session may repeat it. */
export const isLost = (cause: unknown): boolean =>
  cause instanceof SQL.PostgresError &&
  (SESSION_ENDS.test(cause.errno ?? '') || cause.code === 'ERR_POSTGRES_CONNECTION_CLOSED')
