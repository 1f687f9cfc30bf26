/**
 * Whether the mouse or a finger is down on something within the host. Whoever would replace or move it waits until it is not: a click
 * goes to what is there both when the press begins and when it ends, so otherwise it is lost.
 * @param onRelease Called after each press, and after its click.
 */
export function pressesOn(host: HTMLElement, onRelease: () => void): () => boolean {
  let isPressed = false
  // The click comes first.
  const end = () =>
    setTimeout(() => {
      isPressed = false
      onRelease()
    })
  host.addEventListener('pointerdown', ({ button }) => {
    isPressed = button === 0
    // The last for a release that the page does not hear of.
    for (const name of ['pointerup', 'pointercancel', 'blur']) addEventListener(name, end, { once: true })
  })
  return () => isPressed
}
