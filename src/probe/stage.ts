// One part of the way of something that is sent from end to end, and how far it came.
import { sentence } from './sentence.ts'

export interface Stage<Name extends string = string> {
  name: Name
  passed: boolean
  /** What was seen, for a person: one line of at most 500 characters. */
  message: string
}

/** The message may hold what a host said. */
export function stage<Name extends string>(name: Name, passed: boolean, message: string): Stage<Name> {
  return { name, passed, message: sentence(message) }
}
