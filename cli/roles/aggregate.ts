import { spark } from '../parts/counting.ts'
import type { Role } from './role.ts'

export const aggregate: Role = {
  name: 'aggregate',
  summary: 'cluster role: keeps the counting on Spark running',
  examples: [
    'roar aggregate --log kafka://k1:9092 --spark sc://spark:15002 --spark-checkpoint s3a://roar/checkpoint',
  ],
  parts: [spark],
}
