// Node's own HTTP. Not by an import: that reads every property of the module, and reading some of them loads all of fetch, which
// takes 40 ms and 14 MB.

export const http = process.getBuiltinModule('node:http')
