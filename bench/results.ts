/** Saved results: a file for each bench, in the repository, for comparison with later runs. */
const fileOf = (bench: string) => Bun.file(new URL(`./results/${bench}.json`, import.meta.url))

export async function kept<Result>(bench: string): Promise<Result | undefined> {
  const file = fileOf(bench)
  return (await file.exists()) ? ((await file.json()) as Result) : undefined
}

export async function keep(bench: string, result: object): Promise<void> {
  await fileOf(bench).write(`${JSON.stringify(result, null, 2)}\n`)
  console.log(`saved as bench/results/${bench}.json`)
}
