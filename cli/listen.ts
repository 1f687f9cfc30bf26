import { type Http, type HttpOptions, startHttp } from '../services/http/server.ts'
import { ConfigError } from './config.ts'

/** Starts the server, or says in a sentence why its address can not be had. @throws ConfigError */
export function listen(options: HttpOptions): Http {
  try {
    return startHttp(options)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const reason =
      code === 'EADDRINUSE' ? 'is in use by another program' : `can not be listened on: ${message}`
    throw new ConfigError('port', `${options.port} on ${options.host} ${reason}`)
  }
}
