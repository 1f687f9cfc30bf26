/** The device's clock as of page load: it may be adjusted while the page is open. */
export const ownNow = (): number => performance.timeOrigin + performance.now()
