/** A loading indicator. A screen reader announces it once. */
export const Loading = () => (
  <p className="empty" role="status">
    Loading…
  </p>
)
