import type { Routes } from '../services/http/routes.ts'
export const pages = async (): Promise<Routes> => ({})
