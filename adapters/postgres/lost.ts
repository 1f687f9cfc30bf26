import { SQL } from 'bun'

/** SQLSTATEs by which a server ends a session (appendix A of its manual): it was ended, or its connection broke. */
const SESSION_ENDS = /^(08|57P0[125]|25P03)/

/** Whether a session ended under a call: what it had not committed is nowhere, and another session may do it again. */
export const isLost = (cause: unknown): boolean =>
  cause instanceof SQL.PostgresError &&
  (SESSION_ENDS.test(cause.errno ?? '') || cause.code === 'ERR_POSTGRES_CONNECTION_CLOSED')
