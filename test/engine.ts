/** Few suites use PGlite so long that compiling its code a second time, and better, would pay. */
import { compileLate } from '../src/cli/engine.js'

compileLate()
