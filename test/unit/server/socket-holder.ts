// A child process that listens on a unix socket until it is killed, and so leaves the socket's file behind.
import { createServer } from 'node:net'

createServer().listen(process.argv[2], () => process.stdout.write('listening\n'))
