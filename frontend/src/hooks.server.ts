/**
 * Around every request: an id for the logs, the API bound to it, a guard on writes from other sites, the theme
 * written into the page before it is sent, and security headers.
 */
import { error, text as plain, type RequestEvent } from '@sveltejs/kit';
import { sequence, type Handle, type HandleServerError } from '@sveltejs/kit/hooks';
import { text } from '#lib/i18n/en.ts';
import { createApi } from '#lib/server/api.ts';
import { setSecurityHeaders } from '#lib/server/headers.ts';
import { readSession, secure } from '#lib/server/session.ts';
import { readTheme } from '#lib/server/theme.ts';

const REQUEST_ID = /^[\w.-]{1,64}$/;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

const identify: Handle = async ({ event, resolve }) => {
	const given = event.request.headers.get('x-request-id') ?? '';
	event.locals.requestId = REQUEST_ID.test(given) ? given : crypto.randomUUID();
	event.locals.api = createApi(event);
	event.locals.viewer = once(() => findViewer(event));
	const response = await resolve(event);
	response.headers.set('x-request-id', event.locals.requestId);
	setSecurityHeaders(response.headers, secure);
	return response;
};

/** Browsers say where a request was started; SvelteKit's own check covers forms only. */
const guardWrites: Handle = ({ event, resolve }) => {
	const site = event.request.headers.get('sec-fetch-site') ?? 'same-origin';
	const foreign = site === 'cross-site' || site === 'same-site';
	if (foreign && !SAFE_METHODS.has(event.request.method)) {
		return plain(text.errors.foreignWrite, { status: 403 });
	}
	return resolve(event);
};

const render: Handle = ({ event, resolve }) => {
	const theme = readTheme(event.cookies);
	const attribute = theme ? ` data-theme="${theme}"` : '';
	return resolve(event, {
		transformPageChunk: ({ html }) => html.replace('%theme%', attribute),
		// Every page needs the Latin font; other alphabets load when a letter asks for them.
		preload: ({ type, path }) => type === 'js' || type === 'css' || (type === 'font' && isLatin(path))
	});
};

export const handle = sequence(identify, guardWrites, render);

export const handleError: HandleServerError = ({ kind, error: reason, event }) => {
	if (kind === 'unknown') {
		const stack = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
		console.error(
			JSON.stringify({ level: 'error', requestId: event.locals.requestId, path: event.url.pathname, stack })
		);
		return { message: text.errors.unavailable, requestId: event.locals.requestId };
	}
	return { requestId: event.locals.requestId };
};

async function findViewer(event: RequestEvent) {
	if (!readSession(event.cookies)) return null;
	const { data, response } = await event.locals.api.GET('/users/me');
	if (data) return { username: data.username, name: data.name, avatar: data.avatar };
	// Only a refusal says that nobody is logged in; an API that is away says nothing.
	if (response.status !== 401) error(503, text.errors.unavailable);
	return null;
}

function isLatin(path: string): boolean {
	return path.includes('latin-wght') && !path.includes('latin-ext');
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
	let made: Promise<T> | undefined;
	return () => (made ??= make());
}
