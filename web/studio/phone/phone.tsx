import { addressOf } from '../api/address.ts'

/** The viewer's page as a phone has it: the real one, live. */
export const Phone = ({ show }: { show: string }) => (
  <div className="phone">
    <iframe title="What viewers see" src={addressOf(`?show=${show}`).href} loading="lazy" />
  </div>
)
