/** The device's clock as it was when the page came; it may be set while the page is open. */
export const ownNow = (): number => performance.timeOrigin + performance.now()
