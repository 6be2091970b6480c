/** What answers carry beside their content, and what is refused. */
import { Account } from './support/people.ts';
import { expect, test } from './support/test.ts';

test('pages are protected', async ({ request }) => {
	const page = await request.get('/');
	const headers = page.headers();
	expect(headers['content-security-policy']).toMatch(/script-src 'self' 'nonce-[^']+'/);
	expect(headers['content-security-policy']).not.toContain('unsafe-eval');
	expect(headers['x-content-type-options']).toBe('nosniff');
	expect(headers['x-frame-options']).toBe('DENY');
	expect(headers['referrer-policy']).toBe('same-origin');
	expect(headers['x-request-id']).toBeTruthy();
});

test('health answers without a body', async ({ request }) => {
	expect((await request.get('/health')).status()).toBe(204);
});

test('writes started on another site are refused', async ({ request }) => {
	const form = { email: 'ada@people.example', password: 'whatever it is' };
	const foreign = await request.post('/login', { form, headers: { origin: 'https://elsewhere.example' } });
	expect(foreign.status()).toBe(403);
	const site = await request.post('/upload/picture', {
		data: {},
		headers: { 'sec-fetch-site': 'cross-site' }
	});
	expect(site.status()).toBe(403);
});

test('the session is out of reach of scripts', async ({ context, baseURL }) => {
	await Account.create(context, baseURL!, 'Ada');
	const session = (await context.cookies()).find(({ name }) => name.endsWith('session'));
	expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
	expect(session!.name).toBe(baseURL!.startsWith('https:') ? '__Host-session' : 'session');
});

test('pictures that cannot exist are not asked for', async ({ request }) => {
	for (const path of ['/uploads/../secret', '/uploads/x', '/uploads/%2e%2e%2fhealth']) {
		expect((await request.get(path)).status(), path).toBe(404);
	}
});
