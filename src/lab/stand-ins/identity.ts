// What a stand-in says of itself, everywhere: nobody shall take it for the program whose name it bears.

export interface Identity {
  /** The program it stands in for: `loki`. */
  program: string
  /** Version of the real program whose recorded behaviour it shows. */
  version: string
}

/** One line for pages, logs and `--version`. */
export function disclaimer({ program, version }: Identity): string {
  return `This is a stand-in for ${program} ${version}, made for the Homeostat lab. It is not the real program.`
}
