import { BlockList, isIP } from 'node:net'
import { canonical } from './ip.ts'

/** Whether an address is in a list of addresses and ranges (`10.0.0.0/8`). Undefined if one of them is invalid. */
export function addressesOf(ranges: readonly string[]): ((address: string) => boolean) | undefined {
  const known = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = FAMILIES[isIP(address)]
    if (family === undefined) return undefined
    if (bits === undefined) known.addAddress(address, family.name)
    else if (/^\d+$/.test(bits) && Number(bits) <= family.bits)
      known.addSubnet(address, Number(bits), family.name)
    else return undefined
  }
  return (address) => {
    const plain = canonical(address)
    const family = FAMILIES[isIP(plain)]
    return family !== undefined && known.check(plain, family.name)
  }
}

const FAMILIES: Record<number, { name: 'ipv4' | 'ipv6'; bits: number }> = {
  4: { name: 'ipv4', bits: 32 },
  6: { name: 'ipv6', bits: 128 },
}
