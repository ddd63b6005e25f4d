// How much desired state is read at most: caps that hold before anything is parsed, so that no file can exhaust the controller.

/** Characters in one file. */
export const MAX_FILE_LENGTH = 1024 * 1024
/** Characters in all files together. */
export const MAX_TOTAL_LENGTH = 16 * 1024 * 1024
/** Documents in one file. */
export const MAX_DOCUMENTS = 1000
/** Collections inside one another. */
export const MAX_DEPTH = 64
/** Words and signs of one file, as the YAML lexer counts them; an ordinary file of full size has about 200,000. */
export const MAX_LEXEMES = 250_000
/** Issues reported of one file. */
export const MAX_ISSUES_PER_FILE = 100
