/** A dataset as columns of numbers, for models that are trained in this process. */
import type { TrainingRow } from './rows.js'

/** A training set as columns of numbers. */
export interface Matrix {
  /** In the order of the service; `name_0…` for arrays and embeddings. */
  readonly columns: readonly string[]
  /** One array a column; NaN where a value is missing. Booleans are 0 and 1, timestamps seconds since 1970. */
  readonly data: readonly Float64Array[]
  /** By column of text, what its numbers stand for: `categories.color[0]`. */
  readonly categories: Readonly<Record<string, readonly string[]>>
  readonly labels: Readonly<Record<string, readonly unknown[]>>
  readonly rows: number
}

/** Gathers rows into columns; an array gives as many columns as its longest value has elements. */
export async function toMatrix(rows: AsyncIterable<TrainingRow>): Promise<Matrix> {
  const columns = new Map<string, number[]>()
  const categories = new Map<string, Map<string, number>>()
  const labels: Record<string, unknown[]> = {}
  let count = 0
  for await (const { features, label } of rows) {
    for (const [name, value] of cells(features)) put(columns, name, count, number(value, categories, name))
    for (const [name, value] of Object.entries(label)) {
      labels[name] ??= []
      labels[name].push(value)
    }
    count++
  }
  const data = [...columns.values()].map((column) => {
    const all = new Float64Array(count).fill(Number.NaN)
    all.set(column)
    return all
  })
  const named = [...categories].map(([name, codes]) => [name, [...codes.keys()]] as const)
  return { columns: [...columns.keys()], data, categories: Object.fromEntries(named), labels, rows: count }
}

/** A column that only later rows have is missing in the earlier ones. */
function put(columns: Map<string, number[]>, name: string, row: number, value: number): void {
  const column = columns.get(name) ?? []
  columns.set(name, column)
  while (column.length < row) column.push(Number.NaN)
  column.push(value)
}

function* cells(features: Readonly<Record<string, unknown>>): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(features)) {
    if (Array.isArray(value) || value instanceof Float32Array)
      for (let i = 0; i < value.length; i++) yield [`${name}_${i}`, value[i]]
    else yield [name, value]
  }
}

function number(value: unknown, categories: Map<string, Map<string, number>>, name: string): number {
  if (value === null || value === undefined) return Number.NaN
  if (value instanceof Date) return value.getTime() / 1000
  if (typeof value !== 'string') return Number(value)
  const codes = categories.get(name) ?? new Map<string, number>()
  categories.set(name, codes)
  const code = codes.get(value) ?? codes.size
  codes.set(value, code)
  return code
}
