/** The feed stays light: all script it loads, compressed as it comes. */
import { Account } from './support/people.ts';
import { expect, photographs, test } from './support/test.ts';

const BUDGET = 90 * 1024;

test('the feed loads at most 90 KB of script', async ({ context, page, baseURL }) => {
	const ada = await Account.create(context, baseURL!, 'Ada');
	await ada.publish(photographs.cat, 'Chelsea, awake.', 'A tabby cat.');
	const sizes: Promise<[string, number]>[] = [];
	page.on('requestfinished', (request) => {
		const url = new URL(request.url());
		if (url.pathname.endsWith('.js')) {
			sizes.push(request.sizes().then(({ responseBodySize }) => [url.pathname, responseBodySize]));
		}
	});
	await page.goto('/feed', { waitUntil: 'networkidle' });
	const scripts = await Promise.all(sizes);
	const total = scripts.reduce((sum, [, size]) => sum + size, 0);
	console.log(`script of the feed: ${(total / 1024).toFixed(1)} KB in ${scripts.length} files`);
	expect(scripts.length).toBeGreaterThan(0);
	expect(total).toBeLessThanOrEqual(BUDGET);
});
