import { RoarError } from '../../protocol/errors.ts'

/** A producer's body: the server itself cuts it at 64 KiB. @throws RoarError bad_json */
export async function readStudioBody(request: Request): Promise<unknown> {
  try {
    return await request.json()
  } catch (cause) {
    throw new RoarError('bad_json', 'the body is not JSON', { cause })
  }
}
