#!/usr/bin/env node
// CommonJS, as the bundle that it starts: see scripts/bundle.mjs.
const { main } = require('../dist/cli/main.cjs')['cli/main.ts']()

main(process.argv)
