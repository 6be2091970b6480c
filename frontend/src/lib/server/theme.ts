/** The chosen theme, kept in a cookie so that the server can write it into the page. */
import type { Cookies } from '@sveltejs/kit';
import { secure } from './session.ts';

export type Theme = 'light' | 'dark';

const NAME = 'theme';
const YEAR = 31_536_000;

/** What was chosen; nothing means the system decides. */
export function readTheme(cookies: Cookies): Theme | undefined {
	const value = cookies.get(NAME);
	return value === 'light' || value === 'dark' ? value : undefined;
}

export function storeTheme(cookies: Cookies, theme: Theme): void {
	cookies.set(NAME, theme, { path: '/', sameSite: 'lax', httpOnly: true, secure, maxAge: YEAR });
}
