import type { StudioShow } from '../api/queries.ts'
import { Certificates } from './certificates.tsx'
import { Exports } from './exports.tsx'
import { Whole } from './whole.tsx'

/** After the show: the whole evening as a line with its moments, the results to print, the data to download. */
export default function AfterScreen({ show }: { show: StudioShow }) {
  return (
    <div className="page after">
      <Whole show={show} />
      <Certificates show={show} />
      <Exports show={show.show} />
    </div>
  )
}
