import * as v from 'valibot'

// A reason completes a sentence that begins with the value: "many" is not a whole number.

/** Flags and the environment are text; a file has numbers. */
export const whole = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))], 'is not a whole number'),
    v.integer('is not a whole number'),
    v.minValue(min, `is less than ${min}`),
    v.maxValue(max, `is more than ${max}`),
  )

export const yesOrNo = v.union(
  [
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((text) => text === 'true'),
    ),
  ],
  'is not true or false',
)

export const text = v.pipe(v.string('is not a text'), v.nonEmpty('is empty'))

/** The address to listen on, without scheme or port: a name, an IPv4 or an IPv6 address. */
export const hostName = v.pipe(
  text,
  v.check((host) => !/[/\s*[\]]|^[^:]*:\d*$/.test(host), 'is not a host name or an address alone'),
)

/** Whether one can connect to a port with these digits. */
export const isPort = (digits: string): boolean => Number(digits) >= 1 && Number(digits) <= 65_535

/** A URL to whose port one can connect; undefined for any other text. */
export function urlIn(text: string): URL | undefined {
  const url = URL.parse(text)
  return url === null || url.port === '0' ? undefined : url
}

/** The address of an MQTT server: mqtt, mqtts, ws or wss, with a host and optionally a port. */
export function isMqttAddress(address: string): boolean {
  const url = urlIn(address)
  return url !== undefined && /^(mqtts?|wss?):$/.test(url.protocol) && url.hostname !== ''
}

/** The address of an HTTP server with its path, or nothing. */
export const httpAddressOrNone = (example: string) =>
  v.pipe(
    v.string('is not a text'),
    v.check(
      (address) =>
        address === '' ||
        (/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/.test(address) && urlIn(address) !== undefined),
      `is not an address like ${example}`,
    ),
  )

/** The address of an HTTP server, such as Roar's, with its path. */
export const httpAddress = v.pipe(text, httpAddressOrNone('http://localhost:7766'))

export const oneOf = <const T extends string>(...values: T[]) =>
  v.picklist(values, `is not one of: ${values.filter((value) => value !== '').join(', ')}`)

/** A list in a file, or comma-separated text. */
export const list = v.union(
  [
    v.array(v.string()),
    v.pipe(
      v.string(),
      v.transform((csv) =>
        csv
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== ''),
      ),
    ),
  ],
  'is not a list',
)
