/** A finger that rests this long means more than a tap. */
const HOLD_MS = 480
/** A finger that moves further scrolls. */
const SLIP_PX = 14
/** A click this soon after a finger's lifting is that finger's. */
const CLICK_AFTER_MS = 700

export interface PressOptions {
  /** Holds the buttons, each with `data-sticker`, now or later. */
  host: HTMLElement
  onTap(button: HTMLButtonElement): void
  /** A button was held, clicked with the other mouse button, or pressed with Shift and Enter. Without this, holding is tapping. */
  onHold?: ((button: HTMLButtonElement) => void) | undefined
  signal: AbortSignal
}

/**
 * Hears taps and holds of all sticker buttons in a host. A click comes for the first finger only and late, so fingers are
 * heard when they lift; a click without one is a keyboard's or a screen reader's.
 */
export function listenForPresses({ host, onTap, onHold, signal }: PressOptions): void {
  const fingers = new Map<
    number,
    { button: HTMLButtonElement; x: number; y: number; hold: Timer | undefined }
  >()
  let liftedMs = Number.NEGATIVE_INFINITY
  const isFinger = () => performance.now() - liftedMs <= CLICK_AFTER_MS
  const on = <Name extends keyof HTMLElementEventMap>(
    name: Name,
    listener: (event: HTMLElementEventMap[Name]) => void,
  ) => host.addEventListener(name, listener, { signal })
  const leave = ({ pointerId }: PointerEvent) => {
    const finger = fingers.get(pointerId)
    clearTimeout(finger?.hold)
    fingers.delete(pointerId)
    return finger
  }

  on('pointerdown', (event) => {
    const button = buttonOf(event)
    if (button === undefined || event.button !== 0) return
    const hold = () => {
      if (!fingers.delete(event.pointerId)) return
      liftedMs = performance.now()
      onHold?.(button)
    }
    const { clientX: x, clientY: y } = event
    fingers.set(event.pointerId, { button, x, y, hold: onHold && setTimeout(hold, HOLD_MS) })
  })
  on('pointermove', (event) => {
    const finger = fingers.get(event.pointerId)
    if (finger && Math.hypot(event.clientX - finger.x, event.clientY - finger.y) > SLIP_PX) leave(event)
  })
  on('pointerup', (event) => {
    if (buttonOf(event) !== undefined) liftedMs = performance.now()
    const finger = leave(event)
    if (finger !== undefined && finger.button === buttonOf(event)) onTap(finger.button)
  })
  on('pointercancel', leave)
  on('click', (event) => {
    const button = buttonOf(event)
    if (button !== undefined && !isFinger()) onTap(button)
  })
  on('keydown', (event) => {
    const button = buttonOf(event)
    if (button === undefined || event.key !== 'Enter' || !event.shiftKey || onHold === undefined) return
    event.preventDefault()
    onHold(button)
  })
  on('contextmenu', (event) => {
    const button = buttonOf(event)
    if (button === undefined) return
    event.preventDefault()
    // A resting finger asks for the menu, too, and is heard as a hold already.
    if (fingers.size === 0 && !isFinger()) onHold?.(button)
  })
}

type Timer = ReturnType<typeof setTimeout>

const buttonOf = ({ target }: Event): HTMLButtonElement | undefined =>
  (target as Element).closest<HTMLButtonElement>('button[data-sticker]') ?? undefined
