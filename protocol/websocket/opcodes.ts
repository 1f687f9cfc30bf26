/** RFC 6455 section 11.8. From 8 on: control frames. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** RFC 6455 section 7.4.1. */
export const CLOSE_STATUS = { normal: 1000, protocolError: 1002, noStatus: 1005, invalidText: 1007 } as const
