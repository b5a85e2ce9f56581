/** Lines of JSON as objects, as the bytes come. Only a line feed ends one: JSON may hold other separators unescaped. */

export async function* jsonLines<T, R>(bytes: AsyncGenerator<Uint8Array, R>): AsyncGenerator<T, R> {
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
      for (const line of lines) if (line !== '') yield JSON.parse(line) as T
    }
  } finally {
    await bytes.return(undefined as never)
  }
}
