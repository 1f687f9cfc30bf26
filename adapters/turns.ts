/** Makes calls one after another, each once the one before has ended, whatever came of it. Who calls bounds how many wait. */
export function turns(): <T>(call: () => T | Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (call) => {
    const done = last.then(call)
    last = done.catch(() => {})
    return done
  }
}
