import { addressOf } from '../api/address.ts'

/** The viewer's page in a phone's frame: the real one, live. */
export const Phone = ({ show }: { show: string }) => (
  <div className="phone">
    <iframe title="What viewers see" src={addressOf(`?show=${show}`).href} loading="lazy" />
  </div>
)
