/** The head of a function in SQL-standard style, whose body is BEGIN ATOMIC …; …; END. */
const functionHead = /^ create( or replace)? (function|procedure) /

/** A statement whose end has not been seen: knows whether a semicolon here belongs to it. */
export class OpenStatement {
  start: number | undefined
  #parentheses = 0
  #bodies = 0
  #previous = ''
  #words = ''

  get nested(): boolean {
    return this.#parentheses > 0 || this.#bodies > 0
  }

  add(token: string, at: number): void {
    this.start ??= at
    const word = token.toLowerCase()
    if (token === '(') this.#parentheses++
    if (token === ')') this.#parentheses--
    if (this.#words.length < 60) this.#words += ` ${word}`
    if (word === 'atomic' && this.#previous === 'begin' && functionHead.test(this.#words)) this.#bodies = 1
    // CASE has an END of its own.
    else if (this.#bodies > 0 && word === 'case') this.#bodies++
    else if (this.#bodies > 0 && word === 'end') this.#bodies--
    this.#previous = word
  }
}
