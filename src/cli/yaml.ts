// YAML for a person or a program. Apart from `output.ts`, so that only `-o yaml` pays for the library.
import { Document, isScalar, visit } from 'yaml'
import { escapeControl, escapeSerialized } from '../model/escape-control.ts'

/** One YAML document; strings with characters that a terminal would obey are quoted and escaped. */
export function toYaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar(_, node) {
      if (isScalar(node) && typeof node.value === 'string' && node.value !== escapeControl(node.value, { keep: '\n' }))
        node.type = 'QUOTE_DOUBLE'
    },
  })
  return escapeSerialized(document.toString({ lineWidth: 0 }))
}
