import * as v from 'valibot'
import { effectiveWith, group, setting } from '../../settings/setting.ts'
import { hostName, httpAddressOrNone, list, oneOf, whole, yesOrNo } from '../../settings/values.ts'
import type { TrustProxy } from './forwarded.ts'

/** An origin; *. stands for all names below. */
const ORIGIN = /^https?:\/\/(\*\.)?[\w.-]+(:\d+)?$/

/** The same, also of an app whose pages have a scheme of their own. */
const CALLER = /^(?!wss?:|file:)[a-z][a-z\d+.-]*:\/\/(\*\.)?[\w.-]+(:\d+)?$/i

/** As a browser sends it. */
function sentOrigin(origin: string): string {
  const { protocol, host } = new URL(origin)
  return `${protocol}//${host}`
}

/** Where a process listens, and which headers it trusts. */
export const HTTP_SETTINGS = group('Listening', {
  host: setting(hostName, '127.0.0.1', 'The address to listen on. 0.0.0.0: every address of this machine.'),
  port: setting(whole(0, 65_535), 7766, 'The port for HTTP and for MQTT over WebSocket. 0: any free one.'),
  'tls-cert': setting(
    v.string(),
    '',
    'A PEM file with the certificate and its intermediates, for https and wss on port. A changed file is reloaded without a restart. Empty: no TLS, for example behind a proxy that terminates it.',
  ),
  'tls-key': setting(v.string(), '', 'A PEM file with the key of tls-cert.'),
  'tls-min': effectiveWith(
    ['tls-cert', 'mqtt-cert'],
    setting(oneOf('1.2', '1.3'), '1.2', 'The oldest version of TLS on port and mqtt-port.'),
  ),
  'hsts-s': effectiveWith(
    ['tls-cert'],
    setting(
      whole(0, 63_072_000),
      31_536_000,
      'With tls-cert: how long browsers use only https for this host, on every port, in seconds (HSTS). 0: not sent.',
    ),
  ),
  'idle-s': setting(
    // The runtime's connection timer ticks every four seconds: below three ticks it cuts calls in use.
    whole(12, 255),
    30,
    'Seconds without progress after which a request is aborted; a body that trickles in does not count as progress.',
  ),
  'public-url': setting(
    v.pipe(
      httpAddressOrNone('https://host or https://host/path'),
      v.transform((url) => url.replace(/\/+$/, '')),
    ),
    '',
    'The address at which viewers reach this server, including its path. Needed behind a proxy that changes the Host or serves Roar under a path. Empty: the Host that they requested.',
  ),
  'allowed-origins': setting(
    v.pipe(
      list,
      v.everyItem(
        (origin) => origin === '*' || (CALLER.test(origin) && URL.canParse(origin)),
        'has one that is not like https://host',
      ),
      v.minLength(1, 'is empty: name at least one origin, or * for any page'),
      v.check((origins) => origins.length === 1 || !origins.includes('*'), 'has * beside others'),
      v.transform((origins) => origins.map((origin) => (origin === '*' ? origin : sentOrigin(origin)))),
    ),
    ['*'],
    "Origins whose pages may call this server and connect to it, such as https://partner.example, https://*.partner.example for all names below, or capacitor://localhost of an app; the requests of other pages are refused. This server's own pages always may, and so may whatever is not a browser. *: any page.",
  ),
  'trust-proxy': setting(
    v.union([yesOrNo, v.literal('forwarded')], 'is not true, false or forwarded') as v.GenericSchema<
      unknown,
      TrustProxy
    >,
    false,
    'Whether to trust X-Forwarded-For and X-Forwarded-Proto, or if they are missing, Forwarded. Only behind a proxy of your own. forwarded: trust only Forwarded.',
  ),
})

/** For a process that serves the viewer's page. */
export const PAGE_SETTINGS = group('Pages', {
  'framed-by': setting(
    v.pipe(
      list,
      v.everyItem((origin) => ORIGIN.test(origin), 'has one that is not like https://host'),
    ),
    [],
    "Origins whose pages may show the viewer's page in a frame. Empty: only this server's own.",
  ),
})
