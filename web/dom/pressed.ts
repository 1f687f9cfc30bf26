/**
 * Whether the mouse or a finger is down on something within the host. Whoever would replace or move it waits until it is not: a click
 * goes to what is there both when the press begins and when it ends, so otherwise it is lost.
 * @param onRelease Called after each press, and after its click. Default: nobody is told.
 */
export function pressesOn(host: HTMLElement, onRelease = () => {}): () => boolean {
  let isPressed = false
  const release = () => {
    isPressed = false
    onRelease()
  }
  host.addEventListener('pointerdown', ({ button }) => {
    if (button !== 0 || isPressed) return
    isPressed = true
    const listeners = new AbortController()
    const end = () => {
      listeners.abort()
      // The click comes first.
      setTimeout(release)
    }
    const { signal } = listeners
    for (const name of ['pointerup', 'pointercancel']) addEventListener(name, end, { signal, capture: true })
    // For a release that the page does not hear of.
    addEventListener('blur', end, { signal })
  })
  return () => isPressed
}
