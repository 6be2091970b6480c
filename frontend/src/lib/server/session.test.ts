import { expect, it, vi } from 'vitest';

vi.mock('$app/env/private', () => ({ PHASMA_PUBLIC_ORIGIN: 'https://phasma.example' }));
const { issuedSession, storeSession } = await import('./session.ts');

const issued = (...cookies: string[]) => {
	const headers = new Headers();
	for (const cookie of cookies) headers.append('set-cookie', cookie);
	return issuedSession(headers);
};

it('reads the token and its age beside other cookies', () => {
	const cookie = 'session=AbC_-1; HttpOnly; SameSite=Strict; Path=/; Max-Age=604800';
	expect(issued('other=1; Path=/', cookie)).toEqual({ token: 'AbC_-1', maxAge: 604800 });
});

it('reads nothing where no session was issued', () => {
	expect(issued()).toBeUndefined();
	expect(issued('sessions=1; Max-Age=5')).toBeUndefined();
});

it('takes an expired cookie as the end of the session', () => {
	expect(issued('session=; Max-Age=0; Path=/')).toEqual({ token: '', maxAge: 0 });
});

it('keeps the token from scripts, other hosts and plain HTTP', () => {
	const cookies = { set: vi.fn(), delete: vi.fn() };
	storeSession(cookies as never, { token: 't', maxAge: 60 });
	expect(cookies.set).toHaveBeenCalledWith('__Host-session', 't', {
		path: '/',
		httpOnly: true,
		sameSite: 'lax',
		secure: true,
		maxAge: 60
	});
});
