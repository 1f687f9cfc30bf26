/** What a page has and Bun has not: between `put` and `takeAway`. */
export function fakePage() {
  const page = new EventTarget()
  const before = new Map<string, PropertyDescriptor | undefined>()
  const given = {
    document: Object.assign(new EventTarget(), { hidden: false }),
    navigator: { onLine: true },
    addEventListener: page.addEventListener.bind(page),
  }
  return {
    put(): void {
      given.navigator.onLine = true
      for (const [name, value] of Object.entries(given)) {
        before.set(name, Object.getOwnPropertyDescriptor(globalThis, name))
        Object.defineProperty(globalThis, name, { value, configurable: true })
      }
    },
    takeAway(): void {
      for (const [name, descriptor] of before) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor)
        else Reflect.deleteProperty(globalThis, name)
      }
    },
    /** Its browser finds the network, or loses it, and says so. */
    goes(name: 'online' | 'offline', { says = true } = {}): void {
      given.navigator.onLine = name === 'online'
      if (says) page.dispatchEvent(new Event(name))
    },
  }
}
