/** Reading and every form, in a browser that runs no script. */
import type { Page } from '@playwright/test';
import { Account } from './support/people.ts';
import { expect, photographs, test } from './support/test.ts';

/** Sends the form until `answered` holds: log-ins are limited by address, so this waits for its turn. */
async function logIn(page: Page, email: string, password: string, answered: () => Promise<void>) {
	await expect(async () => {
		await page.getByLabel('Email').fill(email);
		await page.getByLabel('Password', { exact: true }).fill(password);
		await page.getByRole('button', { name: 'Log in' }).click();
		await answered();
	}).toPass({ timeout: 60_000, intervals: [1_000] });
}

test('everything works by links and forms', async ({ browser, page, context, baseURL }) => {
	const bruno = await Account.create(await browser.newContext(), baseURL!, 'Bruno');
	const ada = await Account.create(context, baseURL!, 'Ada');

	await test.step('log out and in, with a wrong password first', async () => {
		await page.goto('/settings/profile');
		await page.getByRole('button', { name: 'Log out' }).click();
		await page.goto('/upload');
		await logIn(page, ada.person.email, 'not the password', () =>
			expect(page.getByText('Email and password do not match.')).toBeVisible({ timeout: 5_000 })
		);
		await expect(page.getByLabel('Email')).toHaveValue(ada.person.email);
		await logIn(page, ada.person.email, ada.person.password, () =>
			expect(page).toHaveURL(/\/upload$/, { timeout: 5_000 })
		);
	});

	await test.step('post a photograph; what is no picture is refused and the caption kept', async () => {
		const file = page.locator('input[type=file]');
		await page.getByLabel('Caption').fill('Chelsea, awake.');
		await file.setInputFiles({
			name: 'notes.jpg',
			mimeType: 'image/jpeg',
			buffer: Buffer.from('no picture')
		});
		await page.getByRole('button', { name: 'Post', exact: true }).click();
		await expect(page.locator('#image-note')).not.toContainText('up to 20 MB');
		await expect(page.getByLabel('Caption')).toHaveValue('Chelsea, awake.');
		await file.setInputFiles(photographs.cat);
		await page.getByRole('button', { name: 'Post', exact: true }).click();
		await expect(page).toHaveURL(/\/posts\//);
	});
	const post = new URL(page.url()).pathname;

	await test.step('like from the feed comes back to the feed', async () => {
		await page.goto('/feed');
		await page.getByRole('button', { name: /^Like/ }).click();
		await expect(page).toHaveURL(/\/feed#post-/);
		await expect(page.getByRole('button', { name: /^Like/ })).toHaveAttribute('aria-pressed', 'true');
	});

	await test.step('comment, and delete the comment', async () => {
		await page.goto(post);
		await page.getByLabel('Add a comment').fill('She is.');
		await page.getByRole('button', { name: 'Post', exact: true }).click();
		await expect(page.locator('#comments li')).toContainText('She is.');
		await page.locator('#comments').getByRole('link', { name: 'Delete' }).click();
		await page.getByRole('button', { name: 'Delete comment' }).click();
		await expect(page.getByText('No comments yet.')).toBeVisible();
	});

	await test.step('follow and unfollow', async () => {
		await page.goto(`/@${bruno.person.username}`);
		await page.getByRole('button', { name: /^Follow / }).click();
		await expect(page.getByRole('link', { name: '1 follower' })).toBeVisible();
		await page.getByRole('link', { name: '1 follower' }).click();
		await expect(page.locator('main li')).toContainText(ada.person.username);
		await page.goto(`/@${bruno.person.username}`);
		await page.getByRole('button', { name: /^Following/ }).click();
		await expect(page.getByRole('link', { name: '0 followers' })).toBeVisible();
	});

	await test.step('notifications, one by one and all at once', async () => {
		await bruno.like(post);
		await bruno.comment(post, 'Good cat.');
		await expect
			.poll(async () => (await page.goto('/notifications'), page.locator('main li').count()), {
				timeout: 30_000
			})
			.toBe(2);
		await page.getByRole('link', { name: 'liked your post' }).click();
		await expect(page).toHaveURL(new RegExp(`${post}$`));
		await page.goto('/notifications');
		await page.getByRole('button', { name: 'Mark all read' }).click();
		await expect(page.getByText('Unread.')).toHaveCount(0);
	});

	await test.step('change the profile', async () => {
		await page.goto('/settings/profile');
		await page.getByLabel('Bio').fill('Cats, mostly.');
		await page.getByRole('button', { name: 'Save' }).click();
		await page.goto(`/@${ada.person.username}`);
		await expect(page.getByText('Cats, mostly.')).toBeVisible();
	});

	await test.step('turn the lights off and on', async () => {
		await page.getByRole('button', { name: 'Lights off' }).first().click();
		await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
		await expect(page).toHaveURL(new RegExp(`/@${ada.person.username}$`));
		await page.getByRole('button', { name: 'Lights on' }).first().click();
		await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
	});

	await test.step('search', async () => {
		await page.goto('/search');
		await page.getByRole('searchbox').fill(bruno.person.username);
		await page.getByRole('searchbox').press('Enter');
		await expect(page).toHaveURL(new RegExp(`q=${bruno.person.username}`));
		await expect
			.poll(
				async () => (await page.reload(), page.locator(`main a[href="/@${bruno.person.username}"]`).count()),
				{
					timeout: 30_000
				}
			)
			.toBeGreaterThan(0);
	});

	await test.step('delete the post after a question', async () => {
		await page.goto(post);
		await page.getByLabel(`More for this post by ${ada.person.username}`).click();
		await page.getByRole('link', { name: 'Delete post' }).click();
		await expect(page.getByRole('heading', { name: 'Delete this post?' })).toBeVisible();
		await page.getByRole('button', { name: 'Delete post' }).click();
		await expect(page).toHaveURL(new RegExp(`/@${ada.person.username}$`));
		expect((await page.goto(post))!.status()).toBe(404);
	});
});
