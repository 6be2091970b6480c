import { isHttpError, isRedirect } from '@sveltejs/kit';
import { describe, expect, it } from 'vitest';
import { refuse, unwrap } from './results.ts';

const url = new URL('http://host/search?q=sea');
const answer = (status: number, rest: object = {}) => ({ response: new Response(null, { status }), ...rest });

/** What `run` throws. */
async function thrown(run: () => Promise<unknown>): Promise<unknown> {
	try {
		await run();
	} catch (reason) {
		return reason;
	}
	throw new Error('nothing was thrown');
}

describe('unwrap', () => {
	it('gives the data', async () => {
		expect(await unwrap(Promise.resolve(answer(200, { data: 7 })), url)).toBe(7);
	});

	it('leads to the login and back without a session', async () => {
		const reason = await thrown(() => unwrap(Promise.resolve(answer(401)), url));
		expect(isRedirect(reason) && reason.location).toBe('/login?next=%2Fsearch%3Fq%3Dsea');
	});

	it.each([404, 429, 503])('keeps the status %d', async (status) => {
		const reason = await thrown(() => unwrap(Promise.resolve(answer(status)), url));
		expect(isHttpError(reason) && reason.status).toBe(status);
	});
});

describe('refuse', () => {
	it('makes a sentence of the message and keeps what was typed', () => {
		const failure = refuse(answer(409, { error: { message: 'username is taken' } }), { username: 'ada' });
		expect(failure.status).toBe(409);
		expect(failure.data).toEqual({ username: 'ada', message: 'Username is taken.' });
	});

	it('does not pass on what a broken server says', () => {
		const failure = refuse(answer(500, { error: { message: 'stack trace' } }), {});
		expect(failure.data.message).not.toContain('stack');
	});
});
