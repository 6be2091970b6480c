/**
 * Every page in both themes, on a phone and on a desktop: no WCAG A or AA violation, nothing wider than the screen,
 * no complaint in the console; and a screenshot of each in test-results/pages for people to look at.
 */
import AxeBuilder from '@axe-core/playwright';
import type { BrowserContext, BrowserContextOptions, Page } from '@playwright/test';
import { Account } from './support/people.ts';
import { expect, photographs, test } from './support/test.ts';

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const THEMES = ['light', 'dark'] as const;
const SCREENS: Record<string, BrowserContextOptions> = {
	'390': { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
	'1280': { viewport: { width: 1280, height: 900 } }
};

interface World {
	paths: Record<string, string>;
	session: Awaited<ReturnType<BrowserContext['storageState']>>;
}

let world: World;

test.beforeAll(async ({ browser, baseURL }) => {
	const context = await browser.newContext();
	const ada = await Account.create(context, baseURL!, 'Ada');
	const bruno = await Account.create(await browser.newContext(), baseURL!, 'Bruno');
	const tag = `calm${Date.now()}`;
	await ada.publish(photographs.cat, `Chelsea, awake. #${tag}`, 'A tabby cat looking past the camera.');
	const post = await ada.publish(
		photographs.coffee,
		`The good cup, before the day begins. #${tag} for @${bruno.person.username}`,
		'A cup of coffee on a saucer, seen from above.'
	);
	await ada.follow(bruno.person.username);
	await bruno.follow(ada.person.username);
	await bruno.like(post);
	await bruno.comment(post, `I would drink this, @${ada.person.username}.`);
	await ada.comment(post, 'Come by.');
	await notified(context, 3);
	world = {
		paths: paths(ada.person.username, bruno.person.username, post, tag),
		session: await context.storageState()
	};
});

async function notified(context: BrowserContext, count: number) {
	const page = await context.newPage();
	await expect
		.poll(async () => (await page.goto('/notifications'), page.locator('main li').count()), {
			timeout: 30_000
		})
		.toBe(count);
	await page.close();
}

function paths(ada: string, bruno: string, post: string, tag: string): Record<string, string> {
	return {
		feed: '/feed',
		post,
		'post-delete': `${post}/delete`,
		upload: '/upload',
		profile: `/@${ada}`,
		'profile-other': `/@${bruno}`,
		likes: `/@${bruno}/likes`,
		followers: `/@${ada}/followers`,
		following: `/@${ada}/following`,
		notifications: '/notifications',
		search: '/search',
		'search-results': `/search?q=${ada}`,
		'search-nothing': '/search?q=nothingofthename',
		tag: `/tags/${tag}`,
		settings: '/settings/profile',
		password: '/settings/password',
		sessions: '/settings/sessions',
		missing: '/no/such/page'
	};
}

const PUBLIC = { landing: '/', login: '/login', register: '/register' };

async function inspect(page: Page, name: string, path: string) {
	await page.goto(path);
	await page
		.locator('main img')
		.first()
		.waitFor({ state: 'attached', timeout: 1_000 })
		.catch(() => undefined);
	// Pictures below the fold load when they are scrolled to, so only those on the screen are waited for.
	await page.evaluate(() => {
		const shown = [...document.images].filter((image) => image.getBoundingClientRect().top < innerHeight);
		return Promise.all(shown.map((image) => image.decode().catch(() => undefined)));
	});
	// Every picture fades in; contrast and screenshots are of the settled page.
	await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
	await page.screenshot({ path: `test-results/pages/${name}.png` });
	const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	expect.soft(overflow, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
	const { violations } = await new AxeBuilder({ page }).withTags(STANDARDS).analyze();
	const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join('\n')}`);
	expect.soft(found, name).toEqual([]);
}

for (const [width, screen] of Object.entries(SCREENS)) {
	for (const theme of THEMES) {
		test(`pages at ${width} in the ${theme}`, async ({ browser, watchContext }) => {
			test.setTimeout(240_000);
			const options = { ...screen, colorScheme: theme, reducedMotion: 'reduce' as const };
			const anonymous = await watchContext(await browser.newContext(options)).newPage();
			for (const [name, path] of Object.entries(PUBLIC))
				await inspect(anonymous, `${name}-${width}-${theme}`, path);
			await inspect(anonymous, `post-public-${width}-${theme}`, world.paths.post!);

			const context = watchContext(await browser.newContext({ ...options, storageState: world.session }));
			const page = await context.newPage();
			for (const [name, path] of Object.entries(world.paths))
				await inspect(page, `${name}-${width}-${theme}`, path);
			await inspectStates(page, `${width}-${theme}`);
		});
	}
}

/** What no address shows: an open menu, the question before a loss, a picture about to be posted. */
async function inspectStates(page: Page, suffix: string) {
	const check = async (name: string) => {
		await page.screenshot({ path: `test-results/pages/${name}-${suffix}.png` });
		const { violations } = await new AxeBuilder({ page }).withTags(STANDARDS).analyze();
		expect
			.soft(
				violations.map(({ id }) => id),
				name
			)
			.toEqual([]);
	};
	await page.goto(world.paths.post!);
	await page.getByLabel(/^More for this post/).click();
	await check('menu');
	await page.getByRole('link', { name: 'Delete post' }).click();
	await check('dialog');
	await page.getByRole('button', { name: 'Keep it' }).click();
	await page.goto('/upload');
	await page.locator('input[type=file]').setInputFiles(photographs.cat);
	await expect(page.getByText('Ready')).toBeVisible();
	await check('compose');
}
