#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { createProgram } from './program.ts';

await createProgram(fileURLToPath(import.meta.url)).parseAsync();
