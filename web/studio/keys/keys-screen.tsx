import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'
import { Loading } from '../ui/loading.tsx'
import { useTitle } from '../ui/title.ts'
import { API_KEYS, type ApiKey, KeyRow } from './key-row.tsx'
import { NewKey } from './new-key.tsx'

/** Which machines may call the studio, with which role. For owners. */
export default function KeysScreen() {
  useTitle('API keys')
  const [making, setMaking] = useState(false)
  const { data, error, isPending } = useQuery({
    queryKey: API_KEYS,
    queryFn: ({ signal }) => call<ApiKey[]>('v1/studio/api-keys', { signal }),
  })
  return (
    <div className="page">
      <div className="page-head">
        <h1>API keys</h1>
        <span className="gap" />
        <Button look="main" onPress={() => setMaking(true)}>
          New key
        </Button>
      </div>
      <p className="lead">
        For machines: a scoreboard, a graphics computer, a script. Each key may do what its roles may, and
        belongs to the installation, whoever made it.
      </p>
      <Fault cause={error} />
      {isPending && <Loading />}
      {data?.length === 0 && <p className="empty">No machine has a key.</p>}
      {data !== undefined && data.length > 0 && (
        <ul className="list">
          {data.map((key) => (
            <KeyRow key={key.key} apiKey={key} />
          ))}
        </ul>
      )}
      {making && <NewKey onClose={() => setMaking(false)} />}
    </div>
  )
}
