/** Lines of JSON as objects, as the bytes come. Only a line feed ends one: JSON may hold other separators unescaped. */

export async function* jsonLines<T, R>(bytes: AsyncGenerator<Uint8Array, R>): AsyncGenerator<T, R> {
  const batches = jsonBatches<T, R>(bytes)
  try {
    for (;;) {
      const next = await batches.next()
      if (next.done) return next.value
      yield* next.value
    }
  } finally {
    await batches.return(undefined as never)
  }
}

/** As many at a time as have come: to wait for each line by itself takes longer than to read it. */
export async function* jsonBatches<T, R>(bytes: AsyncGenerator<Uint8Array, R>): AsyncGenerator<T[], R> {
  const batches = lineBatches(bytes)
  try {
    for (;;) {
      const next = await batches.next()
      if (next.done) return next.value
      yield next.value.map((line) => JSON.parse(line) as T)
    }
  } finally {
    await batches.return(undefined as never)
  }
}

/** The lines as they are, without empty ones. */
export async function* lineBatches<R>(bytes: AsyncGenerator<Uint8Array, R>): AsyncGenerator<string[], R> {
  let begun: Uint8Array[] = []
  try {
    for (;;) {
      const next = await bytes.next()
      if (next.done) return next.value
      const end = next.value.lastIndexOf(0x0a)
      begun.push(next.value.subarray(0, end + 1))
      if (end === -1) {
        begun[begun.length - 1] = next.value
        continue
      }
      const lines = Buffer.concat(begun).toString().split('\n')
      begun = [next.value.subarray(end + 1)]
      yield lines.filter((line) => line !== '')
    }
  } finally {
    await bytes.return(undefined as never)
  }
}
