/** While something is on its way. A screen reader hears it once. */
export const Loading = () => (
  <p className="empty" role="status">
    Loading…
  </p>
)
