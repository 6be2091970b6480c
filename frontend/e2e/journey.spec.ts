/** Two people, from the first sign-up to a deleted post, in two browsers. */
import type { BrowserContext, Page } from '@playwright/test';
import { somebody, type Person } from './support/people.ts';
import { expect, photographs, test } from './support/test.ts';

const word = `flatwhite${Date.now()}`;
const caption = `The good cup, before the day begins. #${word}`;

async function signUp(context: BrowserContext, person: Person): Promise<Page> {
	const page = await context.newPage();
	await page.goto('/');
	await page.getByRole('link', { name: 'Create account' }).click();
	await page.getByLabel('Name', { exact: true }).fill(person.name);
	await page.getByLabel('Username').fill(person.username);
	await page.getByLabel('Email').fill(person.email);
	await page.getByLabel('Password', { exact: true }).fill(person.password);
	await expect(async () => {
		await enter(page, person);
		await expect(page).toHaveURL(/\/feed$/, { timeout: 5_000 });
	}).toPass({ timeout: 60_000 });
	return page;
}

/** Sign-ups are limited by address. Where only the log-in after it was one too many, it is done here. */
async function enter(page: Page, person: Person) {
	const button = page.getByRole('button', { name: /^(Create account|Log in)/ });
	if (new URL(page.url()).pathname === '/login') {
		await page.getByLabel('Email').fill(person.email);
		await page.getByLabel('Password', { exact: true }).fill(person.password);
	}
	await button.click();
}

/** Reloads `page` until `ready` holds: what it waits for travels through the event pipeline. */
async function reloadUntil(page: Page, ready: () => Promise<boolean>) {
	await expect
		.poll(async () => (await page.reload(), ready()), { timeout: 30_000, intervals: [250, 500, 1_000] })
		.toBe(true);
}

test('a picture is posted, found, liked, commented on and deleted', async ({ browser, watchContext }) => {
	const ada = somebody('Ada');
	const bruno = somebody('Bruno');
	const first = await signUp(watchContext(await browser.newContext()), ada);
	const second = await signUp(watchContext(await browser.newContext()), bruno);

	const post = await test.step('the first posts a photograph', async () => {
		await expect(first.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible();
		await first.getByRole('link', { name: 'New post' }).click();
		await first.locator('input[type=file]').setInputFiles(photographs.coffee);
		await expect(first.getByText('Ready')).toBeVisible();
		await first.getByLabel('Caption').fill(caption);
		await first.getByLabel('Description').fill('A cup of coffee on a saucer, seen from above.');
		await first.getByRole('button', { name: 'Post', exact: true }).click();
		await expect(first).toHaveURL(/\/posts\/[0-9a-f-]{36}$/);
		await expect(first.getByRole('link', { name: `#${word}` })).toHaveAttribute('href', `/tags/${word}`);
		return new URL(first.url()).pathname;
	});

	const picture = await test.step('the picture is cached by its ETag', async () => {
		const print = first.locator('.frame > img');
		await expect.poll(() => print.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0);
		await expect(print).toHaveAttribute('alt', 'A cup of coffee on a saucer, seen from above.');
		const src = (await print.getAttribute('src'))!;
		const whole = await first.request.get(src);
		expect(whole.headers()['cache-control']).toContain('immutable');
		const etag = whole.headers().etag!;
		expect(etag).toBeTruthy();
		const again = await first.request.get(src, { headers: { 'if-none-match': etag } });
		expect(again.status()).toBe(304);
		const part = await first.request.get(src, { headers: { range: 'bytes=0-99' } });
		expect(part.status()).toBe(206);
		expect((await part.body()).length).toBe(100);
		return src;
	});

	await test.step('the second follows and sees it in the feed', async () => {
		await second.goto(`/@${ada.username}`);
		await second.getByRole('button', { name: `Follow ${ada.username}` }).click();
		await expect(second.getByRole('link', { name: '1 follower' })).toBeVisible();
		await second.goto('/feed');
		await reloadUntil(second, () => second.locator(`a[href="${post}"].frame`).isVisible());
	});

	await test.step('the second likes and comments', async () => {
		const like = second.getByRole('button', { name: /^Like/ });
		await like.click();
		await expect(like).toHaveAttribute('aria-pressed', 'true');
		await expect(like).toHaveText('1');
		await second.locator(`a[href="${post}"].frame`).click();
		await expect(like).toHaveAttribute('aria-pressed', 'true');
		const field = second.getByLabel('Add a comment');
		await field.fill('I would drink this.');
		await field.press('Enter');
		await expect(second.locator('#comments li').filter({ hasText: 'I would drink this.' })).toContainText(
			'Now'
		);
		await field.fill('And another one.');
		await field.press('Enter');
		await expect(second.locator('#comments li').last()).toContainText('Now');
		await second.reload();
		await expect(second.locator('#comments li')).toContainText(['I would drink this.', 'And another one.']);
	});

	await test.step('the first is told, once for each', async () => {
		const badge = first.getByRole('link', { name: 'Notifications 4 unread' });
		await reloadUntil(first, () => badge.isVisible());
		await badge.click();
		const rows = first.locator('main li');
		await expect(rows).toHaveCount(4);
		const acts = { 'commented on your post': 2, 'liked your post': 1, 'started following you': 1 };
		for (const [act, count] of Object.entries(acts)) {
			await expect(rows.filter({ hasText: `${bruno.username} ${act}` })).toHaveCount(count);
		}
		await first.getByRole('link', { name: 'commented on your post' }).first().click();
		await expect(first).toHaveURL(new RegExp(`${post}#comment-`));
		await expect(first.getByRole('link', { name: 'Notifications 3 unread' })).toBeVisible();
		await first.goto('/notifications');
		await first.getByRole('button', { name: 'Mark all read' }).click();
		await expect(first.getByRole('link', { name: 'Notifications', exact: true })).toBeVisible();
	});

	await test.step('search finds the post and the person', async () => {
		await second.goto(`/search?q=${word}`);
		await reloadUntil(second, () => second.locator(`a[href="${post}"].tile`).first().isVisible());
		await second.getByRole('searchbox').fill(ada.username);
		await second.getByRole('searchbox').press('Enter');
		await expect(second).toHaveURL(new RegExp(`q=${ada.username}`));
		await reloadUntil(second, () => second.locator(`main a[href="/@${ada.username}"]`).first().isVisible());
	});

	await test.step('deleted, it is gone everywhere', async () => {
		await first.goto(post);
		await first.getByLabel(`More for this post by ${ada.username}`).click();
		await first.getByRole('link', { name: 'Delete post' }).click();
		await first.getByRole('dialog').getByRole('button', { name: 'Delete post' }).click();
		await expect(first.getByRole('status').filter({ hasText: 'Post deleted' })).toBeVisible();
		await expect(first).toHaveURL(new RegExp(`/@${ada.username}$`));
		expect((await second.goto(post))!.status()).toBe(404);
		await second.goto('/feed');
		await reloadUntil(second, async () => (await second.locator(`a[href="${post}"]`).count()) === 0);
		await second.goto(`/search?q=${word}`);
		await reloadUntil(second, async () => (await second.locator(`a[href="${post}"]`).count()) === 0);
		await expect
			.poll(async () => (await second.request.get(picture)).status(), { timeout: 30_000 })
			.toBe(404);
	});

	await test.step('logging out ends the session', async () => {
		await second.goto('/settings/profile');
		await second.getByRole('button', { name: 'Log out' }).click();
		await expect(second).toHaveURL(/\/$/);
		await second.goto('/feed');
		await expect(second).toHaveURL(/\/login\?next=%2Ffeed$/);
	});
});
