import type { Answers } from './questions.js'
import type { Surroundings } from './surroundings.js'

/** What init has been told, and what it saw. */
export interface Scope {
  /** As it was typed. */
  readonly directory: string | undefined
  readonly answers: Answers
  readonly around: Surroundings
  readonly isAsked: boolean
  readonly json: boolean
}
