// A quarter of the seeds: support/seed-tests.ts says what they are.
import { seedTests } from './support/seed-tests.ts'

seedTests(2, 4)
