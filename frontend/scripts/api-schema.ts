/**
 * Keeps src/lib/api/schema.ts equal to what api-server/openapi.json describes.
 * `node scripts/api-schema.ts` fails when it is stale, `--write` renews it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL(process.env.PHASMA_OPENAPI ?? '../../api-server/openapi.json', import.meta.url);
const target = new URL('../src/lib/api/schema.ts', import.meta.url);

const header = '/** Generated from api-server/openapi.json by `npm run api:generate`. */\n\n';
const fresh = header + astToString(await openapiTS(source));

if (process.argv.includes('--write')) {
	await writeFile(target, fresh);
} else if (fresh !== (await readFile(target, 'utf8'))) {
	console.error('src/lib/api/schema.ts is stale: run `npm run api:generate`');
	process.exitCode = 1;
}
