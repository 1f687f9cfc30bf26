const PIECES = 90
const FALL_MS = 4_200

/**
 * Confetti for the cup: positions are a function of time, so nothing is stored or allocated.
 * @param sinceMs Time since it began to fall.
 */
export function drawConfetti(
  context: OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
  sinceMs: number,
  colours: readonly string[],
): void {
  for (let i = 0; i < PIECES; i++) {
    // Golden-ratio steps spread pieces evenly without a random number.
    const across = (i * 0.618) % 1
    const cycle = sinceMs / FALL_MS - ((i * 0.381) % 1)
    if (cycle < 0) continue
    const fall = cycle % 1
    const sway = Math.sin(sinceMs / 400 + i)
    const size = height * (0.012 + 0.012 * ((i * 0.27) % 1))
    const turn = Math.cos(sinceMs / 160 + i * 2)
    context.fillStyle = colours[i % colours.length]!
    context.globalAlpha = fall < 0.85 ? 0.95 : (1 - fall) / 0.15
    context.fillRect(
      across * width + sway * height * 0.03,
      fall * height * 1.05 - size,
      size * turn,
      size * 0.6,
    )
  }
  context.globalAlpha = 1
}
