/**
 * The session, relayed: the API hands out a token in its own cookie, the browser keeps it in ours. Ours is Lax, so
 * that a shared link opens logged in; writes are guarded by where they come from instead (hooks.server.ts).
 */
import type { Cookies } from '@sveltejs/kit';
import { PHASMA_PUBLIC_ORIGIN } from '$app/env/private';

export const secure = PHASMA_PUBLIC_ORIGIN.startsWith('https:');

/** `__Host-` makes browsers refuse the cookie from any other host or over plain HTTP. */
const NAME = secure ? '__Host-session' : 'session';
/** The API's cookie. */
const API_NAME = 'session';

export interface IssuedSession {
	/** Empty when the API took the session away. */
	token: string;
	maxAge?: number;
}

export function readSession(cookies: Cookies): string | undefined {
	return cookies.get(NAME) || undefined;
}

export function storeSession(cookies: Cookies, { token, maxAge }: IssuedSession): void {
	const options = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;
	if (token) cookies.set(NAME, token, { ...options, maxAge });
	else cookies.delete(NAME, options);
}

/** The session that a response of the API issues, renews or ends, if it does any of that. */
export function issuedSession(headers: Headers): IssuedSession | undefined {
	for (const cookie of headers.getSetCookie()) {
		const [pair = '', ...attributes] = cookie.split(';').map((part) => part.trim());
		const equals = pair.indexOf('=');
		if (pair.slice(0, equals) !== API_NAME) continue;
		const age = attributes.find((attribute) => /^max-age=/i.test(attribute));
		const maxAge = age === undefined ? undefined : Number(age.slice('max-age='.length));
		return { token: maxAge === 0 ? '' : pair.slice(equals + 1), maxAge };
	}
	return undefined;
}
