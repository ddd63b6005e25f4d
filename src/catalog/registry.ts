// Every component type there is. A new one is a file beside this one and a line here.
import { alertmanager } from './alertmanager.ts'
import { custom } from './custom.ts'
import type { ComponentType } from './define-type.ts'
import { nodeExporter } from './node-exporter.ts'
import { prometheus } from './prometheus.ts'

export const catalog: Record<string, ComponentType> = Object.fromEntries(
  [alertmanager, custom, nodeExporter, prometheus].map((type) => [type.type, type as ComponentType]),
)
