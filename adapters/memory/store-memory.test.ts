import { storeContract } from '../store/store.contract.ts'
import { MemoryStore } from './store-memory.ts'

storeContract('in memory', async () => {
  const store = new MemoryStore()
  return { store, reopen: async () => store }
})
