/** How a port speaks TLS, as the runtime takes it. */
export interface TlsOptions {
  /** The certificate and its intermediates, PEM. */
  cert: string
  /** Its key, PEM. */
  key: string
  /** Bits of OpenSSL (`SSL_OP_…`). Default: none. */
  secureOptions?: number
}
