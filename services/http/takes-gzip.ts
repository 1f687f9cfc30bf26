/** Whether the client accepts gzip. @param acceptEncoding RFC 9110 section 12.5.3; null: the field is absent */
export function takesGzip(acceptEncoding: string | null): boolean {
  const weights = new Map(
    (acceptEncoding ?? '').split(',').map((one) => {
      const [coding = '', weight = ''] = one.split(';')
      return [coding.trim().toLowerCase(), !/^\s*q\s*=\s*0(\.0{0,3})?\s*$/i.test(weight)] as const
    }),
  )
  return weights.get('gzip') ?? weights.get('*') ?? false
}
