// Prints a file of TypeScript as the JavaScript that it is without its types: `node strip-types.ts FILE`. A program of its own,
// because the function behind it tells everybody that it is an experiment.
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

const text = readFileSync(process.argv[2] ?? '', 'utf8')
// Types go, and nothing else moves (`erasableSyntaxOnly`).
const bare = stripTypeScriptTypes(text, { mode: 'strip' })
process.stdout.write(bare.replaceAll(/(from '\.\/[a-z-]+)\.ts'/g, "$1.js'"))
