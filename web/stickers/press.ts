/** A finger that rests this long is a hold, not a tap. */
const HOLD_MS = 480
/** A finger that moves further is scrolling. */
const SLIP_PX = 14
/** A click this soon after a finger was lifted belongs to that finger. */
const CLICK_AFTER_MS = 700

export interface PressOptions {
  /** Contains the buttons, now or later; each has `data-sticker`. */
  host: HTMLElement
  onTap(button: HTMLButtonElement): void
  /** A button was held, clicked with the secondary mouse button, or pressed with Shift+Enter. If absent, a hold is a tap. */
  onHold?: ((button: HTMLButtonElement) => void) | undefined
  signal: AbortSignal
}

/**
 * Detects taps and holds on all sticker buttons in a host. Clicks come late and only for the first finger, so fingers count when
 * they lift; a click without one is from a keyboard or a screen reader.
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
    // A resting finger also opens the context menu, and has been reported as a hold already.
    if (fingers.size === 0 && !isFinger()) onHold?.(button)
  })
}

type Timer = ReturnType<typeof setTimeout>

const buttonOf = ({ target }: Event): HTMLButtonElement | undefined =>
  (target as Element).closest<HTMLButtonElement>('button[data-sticker]') ?? undefined
