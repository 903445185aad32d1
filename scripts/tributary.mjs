#!/usr/bin/env node
// npx tributary <command>: accounts, migrations, keys. Builds first if need be; only results go to standard output.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureBuilt, root } from './ensure-built.mjs'

ensureBuilt()
await import(pathToFileURL(join(root, 'dist/apps/instances-api/src/cli/main.js')).href)
