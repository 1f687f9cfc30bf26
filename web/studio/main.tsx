import './main.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Router } from 'wouter'
import { languageOf } from '../dom/language.ts'
import { ROUTER_BASE } from './api/address.ts'
import { createCache } from './api/queries.ts'
import { App } from './app.tsx'
import { SessionProvider } from './session/session.tsx'

// WebKit on a machine without a language calls it `C`. The charts' library formats numbers in it as it loads, which would end
// every screen with a chart.
const { tag } = languageOf(navigator.language)
if (tag !== navigator.language) Object.defineProperty(navigator, 'language', { value: tag })

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
