import { SQL } from 'bun'
import { type ErrorCode, RoarError } from '../../protocol/errors.ts'
import type { OnUnreadable } from '../sql/document.ts'

/** What came of a call, as one thread tells another: an error's class would be lost on the way. */
export type StoreAnswer = ({ value: unknown } | { fault: StoreFault }) & { unreadable: string[] }

type StoreFault =
  | { kind: 'roar'; code: ErrorCode; message: string }
  | { kind: 'sqlite'; code: string; errno: number; message: string }
  | { kind: 'mistake'; message: string }

export function faultOf(cause: unknown): StoreFault {
  const { message } = cause as Error
  if (cause instanceof RoarError) return { kind: 'roar', code: cause.code, message }
  if (cause instanceof SQL.SQLiteError)
    return { kind: 'sqlite', code: cause.code, errno: cause.errno, message }
  return { kind: 'mistake', message }
}

/** @throws the error that the call ended with */
export function resultOf(answer: StoreAnswer, onUnreadable: OnUnreadable): unknown {
  for (const sentence of answer.unreadable) onUnreadable(sentence)
  if ('value' in answer) return answer.value
  const { fault } = answer
  if (fault.kind === 'roar') throw new RoarError(fault.code, fault.message)
  if (fault.kind === 'sqlite') throw new SQL.SQLiteError(fault.message, fault)
  throw new Error(fault.message)
}
