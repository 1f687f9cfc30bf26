import './main.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Router } from 'wouter'
import { ROUTER_BASE } from './api/address.ts'
import { createCache } from './api/queries.ts'
import { App } from './app.tsx'
import { SessionProvider } from './session/session.tsx'

const cache = createCache()

createRoot(document.getElementById('studio')!).render(
  <StrictMode>
    <QueryClientProvider client={cache}>
      <Router base={ROUTER_BASE}>
        <SessionProvider>
          <App />
        </SessionProvider>
      </Router>
    </QueryClientProvider>
  </StrictMode>,
)
