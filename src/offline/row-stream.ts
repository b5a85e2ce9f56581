/**
 * Rows of a read: iterate over them as they come, with few of them in memory, or await them all as an array. Whoever
 * leaves the loop ends the read; whoever asks again reads again.
 */
export class RowStream<Row> implements AsyncIterable<Row>, PromiseLike<Row[]> {
  readonly #read: () => Promise<AsyncGenerator<Row>>

  constructor(read: () => Promise<AsyncGenerator<Row>>) {
    this.#read = read
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row> {
    yield* await this.#read()
  }

  // biome-ignore lint/suspicious/noThenProperty: to be awaited is what it is for
  then<A = Row[], B = never>(
    onRows?: ((rows: Row[]) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#all().then(onRows, onError)
  }

  async #all(): Promise<Row[]> {
    const rows: Row[] = []
    for await (const row of this) rows.push(row)
    return rows
  }
}
